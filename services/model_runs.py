"""Runs of the customer models: what was learnt when, how well, and back to an earlier one."""

from dataclasses import dataclass
from datetime import date, datetime

from services.days import to_date
from services.errors import NotFoundError, WrongInputError
from services.scoring.storing import KIND
from storage import audit, scores
from storage.database import Database
from storage.scores import ModelRun

SHOWN = 50


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run as an operator sees it."""

    id: int
    state: str
    """active: what people see; retired, kept (not switched to), failed, running."""
    method: str
    as_of: date
    data_version: str
    customers: int
    repeat_customers: int
    brier: float | None
    """Of its own hold-out, smaller is better; None: too little history."""
    message: str
    created_at: datetime
    can_be_switched_to: bool


@dataclass(frozen=True, slots=True)
class ModelRuns:
    """Lists runs and switches between those whose scores are still there."""

    database: Database

    async def newest(self) -> tuple[RunSummary, ...]:
        """Return the newest runs first."""
        async with self.database.read() as connection:
            found = await scores.newest_runs(connection, KIND, SHOWN)
        return tuple(_summary(run, has_scores=has_scores) for run, has_scores in found)

    async def switch_to(self, run_id: int, actor: str) -> RunSummary:
        """Show this run's scores from now on; until the orders change, no night undoes that.

        Raises NotFoundError, or WrongInputError where its scores are gone.
        """
        async with self.database.transaction() as connection:
            found = await scores.newest_runs(connection, KIND, SHOWN)
            run, has_scores = next((each for each in found if each[0].id == run_id), (None, False))
            if run is None:
                raise NotFoundError(f"There is no run {run_id} among the newest {SHOWN}.")
            if run.state == "active":
                raise WrongInputError(f"Run {run_id} is the active one already.")
            if not has_scores or run.state not in {"retired", "kept"}:
                raise WrongInputError(
                    f"Run {run_id} is {run.state} and its scores are not kept. "
                    "Switch to one of those that can be switched to, or run: regulars score"
                )
            active = await scores.active_run(connection, KIND)
            await scores.activate(connection, KIND, run_id)
            if active is not None:
                message = f"Switched away from by {actor} to run {run_id}."
                await scores.end_run(connection, active.id, "kept", message)
            await audit.append(
                connection,
                actor=actor,
                action="model.switch",
                subject=f"model_run:{run_id}",
                detail={"from": None if active is None else active.id},
            )
            return _summary(await scores.get_run(connection, run_id), has_scores=True)


def _summary(run: ModelRun, *, has_scores: bool) -> RunSummary:
    return RunSummary(
        id=run.id,
        state=run.state,
        method=run.method,
        as_of=to_date(run.as_of_day),
        data_version=run.data_version,
        customers=run.customers,
        repeat_customers=run.repeat_customers,
        brier=None if run.backtest is None else float(run.backtest["brier"]),
        message=run.message,
        created_at=run.created_at,
        can_be_switched_to=has_scores and run.state in {"retired", "kept"},
    )
