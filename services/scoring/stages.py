"""The steps of a run as they are called in another process: paths and small values in and out.

The heavy imports stand inside, so that the bot's own process never loads scipy.
"""
# ruff: noqa: PLC0415

from pathlib import Path
from typing import Any

from services.scoring.task import Base, Task, Tested, Totals


def read(task: Task) -> Base:
    """Read everybody's past into the folder."""
    from services.scoring import steps

    return steps.read(task)


def prepare() -> None:
    """Load what the second process will need while the first one reads: a second and a half."""
    from services.scoring import steps  # noqa: F401


def fit(task: Task) -> dict[str, Any]:
    """Fit the models on all customers; returns their parameters."""
    from services.scoring import steps

    return steps.fit(task)


def hold_out(task: Task, horizon_days: int, previous: dict[str, Any] | None) -> Tested:
    """Test on the last `horizon_days` before the day of the run, also the `previous` parameters.

    What is to be bent is learnt there too.
    """
    from services.scoring import steps

    return steps.hold_out(task, horizon_days, previous)


def total(task: Task, parameters: dict[str, Any], horizon_days: int) -> Totals:
    """Sum up what to expect of everybody in one horizon."""
    from services.scoring import steps

    return steps.total(task, parameters, horizon_days)


def tabulate(task: Task, parameters: dict[str, Any], horizon_days: int) -> None:
    """Score everybody for one horizon; the columns to store are left in the folder."""
    from services.scoring import steps

    steps.tabulate(task, parameters, horizon_days)


def export(task: Task, parameters: dict[str, Any], horizon_days: int, path: Path) -> Totals:
    """Score everybody for one horizon and write a CSV file."""
    from services.scoring import steps

    return steps.export(task, parameters, horizon_days, path)
