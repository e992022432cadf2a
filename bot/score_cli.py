"""`regulars score`: progress on stderr, the models and how they did on stdout, scores as CSV."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.logs import configure_logs
from bot.settings import load_settings
from bot.tables import upgrade
from services.errors import WrongInputError
from services.partners import Partners
from services.pool import ProcessPool
from services.scoring import Scored, ScoreRequest, Scoring
from services.scoring.task import CHURN_DAYS
from storage.database import Database


def add_score_command(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Register the command; its `act` returns the exit code."""
    command = subparsers.add_parser(
        "score",
        help="score every customer: churn, next order, value to expect",
        description="Score every customer. Without --as-of the scores people see are brought up "
        "to date; with an earlier day nothing is stored, and orders after it are not looked at.",
    )
    command.add_argument(
        "--as-of",
        type=_day,
        metavar="DATE",
        help="score as if today were this day, which is seen itself (default: the last day with "
        "an order)",
    )
    command.add_argument(
        "--horizon-days",
        type=int,
        default=CHURN_DAYS,
        metavar="N",
        help="how far --export and the totals look ahead (default: %(default)s)",
    )
    command.add_argument("--export", type=Path, metavar="FILE", help="write a CSV row a customer")
    command.add_argument("--json", action="store_true", help="answer as JSON")
    command.set_defaults(act=_act)


def _act(parsed: argparse.Namespace) -> int:
    settings = load_settings(require_slack=False)
    configure_logs(settings.log_level, settings.log_format, secrets=settings.secrets())
    request = ScoreRequest(parsed.as_of, parsed.horizon_days, parsed.export)
    scored = asyncio.run(
        run_score(
            request,
            database_url=settings.database_url,
            currency=settings.shop_currency,
            zone=ZoneInfo(settings.shop_time_zone),
        )
    )
    text = json.dumps(score_json(scored, request)) if parsed.json else score_text(scored, request)
    print(text)  # noqa: T201 - the result
    return 0


async def run_score(
    request: ScoreRequest, *, database_url: str, currency: str, zone: ZoneInfo
) -> Scored:
    """Score in the database at `database_url`; raises ExpectedError."""
    if request.export:
        await asyncio.to_thread(_check_place, request.export.absolute())
    await upgrade(database_url)
    database = Database(database_url)
    pool = ProcessPool()
    try:
        scoring = Scoring(database, pool, currency=currency, zone=zone)
        progress = _progress()
        scored = await scoring.score(request, progress)
        if scored.run:
            progress("learning what is bought together", 0.95)
            await Partners(database, pool, zone).refresh()
            progress("done", 1.0)
        return scored
    finally:
        pool.close()
        await database.close()


def score_json(scored: Scored, request: ScoreRequest) -> dict[str, Any]:
    """Time in weeks, money in major units."""
    return {
        "as_of": scored.as_of.isoformat(),
        "horizon_days": request.horizon_days,
        "data_version": scored.data_version,
        "customers": scored.base.customers,
        "repeat_customers": scored.base.repeat_customers,
        **scored.parameters,
        "time_unit": "weeks",
        "expected_orders": scored.totals.expected_orders,
        "expected_value": scored.totals.expected_value,
        "backtest": scored.backtest,
        "run": scored.run
        and {"id": scored.run.id, "state": scored.run.state, "message": scored.run.message},
        "export": str(request.export) if request.export else None,
        "seconds": scored.seconds,
    }


def score_text(scored: Scored, request: ScoreRequest) -> str:
    """Tell what was learnt, how true it was, and whether it is what people now see."""
    orders, spend = scored.parameters["bg_nbd"], scored.parameters["gamma_gamma"]
    season = "seasonal weeks" if scored.parameters["season"] else "weeks; season not known"
    totals = scored.totals
    people = (
        f"{scored.base.customers:,} customers ({scored.base.repeat_customers:,} came back) "
        f"as of {scored.as_of} in {scored.seconds:.1f} s"
    )
    expected = (
        f"expected   {totals.expected_orders:,.0f} orders worth {totals.expected_value:,.0f} in "
        f"{request.horizon_days} days"
    )
    lines = [
        people,
        "orders     " + _figures(orders, "r", "alpha", "a", "b") + f" ({season}), "
        f"log-likelihood {orders['log_likelihood']:.1f}",
        "spend      " + _figures(spend, "p", "q", "gamma"),
        f"chances    {_chances_text(scored.parameters['recalibration'])}",
        expected,
        f"backtest   {_backtest_text(scored.backtest)}",
    ]
    if scored.run is None:
        lines.append("stored     nothing: this is a look at the past")
    elif scored.run.message:
        lines.append(f"run {scored.run.id:<7}{scored.run.message}")
    else:
        lines.append(f"run {scored.run.id:<7}{scored.run.state}")
    if request.export:
        lines.append(f"written    {request.export}")
    return "\n".join(lines)


def _chances_text(line: dict[str, float] | None) -> str:
    if line is None:
        return "as the models have them: the shop's past does not show that bending them helps"
    return (
        f"bent to the last {line['from_days']} days: log-odds of no order = "
        f"{line['intercept']:+.3f} + {line['slope']:.3f} x those of the models"
    )


def _backtest_text(figures: dict[str, Any] | None) -> str:
    if figures is None:
        return "too little history to hold some of it out"
    return (
        f"{figures['customers']:,} customers not learnt from, {figures['horizon_days']} days: "
        f"Brier {figures['brier']:.4f} (recency rule {figures['recency_rule_brier']:.4f}), "
        f"calibration error {figures['calibration_error']:.3f}, 80% intervals cover "
        f"{figures['covered80']:.1%}, orders {figures['orders_predicted']:,.0f} predicted and "
        f"{figures['orders_seen']:,} seen"
    )


def _figures(parameters: dict[str, float], *names: str) -> str:
    return ", ".join(f"{name} {parameters[name]:.4g}" for name in names)


def _progress() -> Callable[[str, float], None]:
    """Say on stderr what is being done; on a terminal the line is written over."""
    is_terminal = sys.stderr.isatty()
    last = ""

    def say(what: str, share: float) -> None:
        nonlocal last
        if is_terminal:
            sys.stderr.write(f"\r{share:4.0%} {what}\033[K" if share < 1 else "\r\033[K")
        elif what != last:
            sys.stderr.write(f"{what}\n")
        sys.stderr.flush()
        last = what

    return say


def _check_place(path: Path) -> None:
    """Refuse before the work what could not be written after it."""
    if not path.parent.is_dir():
        raise WrongInputError(f"There is no folder {path.parent}.")
    if path.is_dir():
        raise WrongInputError(f"{path} is a folder, not a file.")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise WrongInputError(f"{path} may not be written.")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is not a day such as 2026-11-22") from error
