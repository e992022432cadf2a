"""`regulars forecast` and `regulars backtest`: any series from a CSV file.

Results are JSON lines (or plain words) on stdout; wrong input is one sentence on stderr, exit 2.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any


def add_forecast_commands(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Register both commands; their `act` returns the exit code."""
    actions: list[tuple[str, str, Callable[[argparse.Namespace], int]]] = [
        ("forecast", "forecast one or many series from a CSV file", run_forecast),
        ("backtest", "test such forecasts on the past, beside the seasonal naive", run_backtest),
    ]
    for name, summary, act in actions:
        command = subparsers.add_parser(name, help=summary, description=summary.capitalize() + ".")
        command.add_argument("--csv", type=Path, required=True, metavar="FILE", help="CSV file")
        command.add_argument("--date", required=True, metavar="COLUMN", help="dates (2026-11-22)")
        command.add_argument(
            "--value",
            required=True,
            metavar="COLUMN",
            help="figures; rows of one period add up, a missing date is 0, an empty value unknown",
        )
        command.add_argument("--id", metavar="COLUMN", help="which series a row belongs to")
        command.add_argument("--horizon", type=int, required=True, metavar="N", help="periods")
        command.add_argument(
            "--frequency",
            type=str.upper,
            choices=["D", "W", "M"],
            required=True,
            help="days, weeks or months",
        )
        command.add_argument(
            "--country", type=str.upper, help="whose public holidays count, for example GB"
        )
        command.add_argument(
            "--date-format", metavar="FORMAT", help="how dates are written, for example %%d/%%m/%%Y"
        )
        command.add_argument("--json", action="store_true", help="JSON lines, one a record")
        command.set_defaults(act=act)


def run_forecast(args: argparse.Namespace) -> int:
    """Print one record a series and step."""
    return int(_runs().run_forecast(args))


def run_backtest(args: argparse.Namespace) -> int:
    """Print one record a series, and for several series their mean."""
    return int(_runs().run_backtest(args))


def _runs() -> ModuleType:
    """Load models and holidays only for the commands that need them, not for a running bot."""
    from bot import forecast_runs  # noqa: PLC0415

    return forecast_runs
