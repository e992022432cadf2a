"""Scoring: every customer's figures, computed in processes of their own and switched to at once.

Scores are as of the last day with an order, so that a late import is not taken for silence. Only
scores as of that day are stored and shown; those of an earlier day are a test on the past and
change nothing.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from services import days
from services.analytics.history import FURTHEST_HORIZON_DAYS, SMALLEST_REPEAT_BASE
from services.errors import NotEnoughHistoryError, WrongInputError
from services.money import minor_digits
from services.pool import ProcessPool
from services.scoring import stages
from services.scoring.storing import KIND, Storing
from services.scoring.task import CHURN_DAYS, HORIZONS, Base, Task, Tested, Totals
from storage import purchases, scores
from storage.database import Database, Lane
from storage.scores import ModelRun, NewRun, RunResult

__all__ = ["Progress", "ScoreRequest", "Scored", "Scoring"]

log = structlog.get_logger()

METHOD = "bg-nbd 4"
"""Changes whenever the same orders would give other scores."""
SHORTEST_HISTORY_DAYS = 2 * CHURN_DAYS

Progress = Callable[[str, float], None]
"""Called with what is being done and the share of the whole that is done."""


@dataclass(frozen=True, slots=True)
class ScoreRequest:
    """What to look at; without a day, the last one with an order."""

    as_of: date | None = None
    horizon_days: int = CHURN_DAYS
    export: Path | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """What a request found."""

    as_of: date
    data_version: str
    base: Base
    parameters: dict[str, Any]
    backtest: dict[str, Any] | None
    """None: too little history to hold some of it out."""
    totals: Totals
    run: ModelRun | None
    """None: an earlier day, of which nothing is stored."""
    seconds: float


@dataclass(frozen=True, slots=True)
class _Plan:
    as_of_day: int
    data_version: str
    is_current: bool
    same: ModelRun | None
    """The stored run that would only be repeated."""
    active: ModelRun | None


def _silent(_what: str, _share: float) -> None:
    """Nobody watches."""


class Scoring:
    """Scores one shop: its currency and time zone."""

    def __init__(
        self, database: Database, pool: ProcessPool, *, currency: str, zone: ZoneInfo
    ) -> None:
        self._database = database
        self._pool = pool
        self._storing = Storing(database)
        self._minor_digits = minor_digits(currency)
        self._zone = zone

    async def refresh(self, progress: Progress = _silent) -> ModelRun:
        """Bring the stored scores up to date; when the orders are still the same, do nothing.

        Raises NotEnoughHistoryError. A cancelled or failed run leaves the active one as it was.
        """
        plan = await self._plan(None)
        if plan.same:
            return plan.same
        with self._task(plan) as task:
            base = await self._read(task, progress)
            return await self._run(plan, task, base, progress)

    async def score(self, request: ScoreRequest, progress: Progress = _silent) -> Scored:
        """Score as of a day, and bring what is stored up to date when that is the last one."""
        started = time.monotonic()
        _check(request, days.today(self._zone))
        plan = await self._plan(request.as_of)
        with self._task(plan) as task:
            base = await self._read(task, progress)
            if plan.is_current:
                run = plan.same or await self._run(plan, task, base, progress)
                parameters, backtest = run.parameters, run.backtest
            else:
                run = None
                parameters, backtest = await self._learn(plan, task, progress)
            progress("adding up", 0.9)
            totals = await self._totals(task, parameters, request)
            progress("done", 1.0)
        return Scored(
            as_of=days.to_date(plan.as_of_day),
            data_version=plan.data_version,
            base=base,
            parameters=parameters,
            backtest=backtest,
            totals=totals,
            run=run,
            seconds=round(time.monotonic() - started, 2),
        )

    async def _plan(self, as_of: date | None) -> _Plan:
        today = days.to_day(days.today(self._zone))
        async with self._database.read(Lane.JOBS) as connection:
            version = await purchases.data_version(connection)
            span = await purchases.span(connection, today)
            active = await scores.active_run(connection, KIND)
            first, last = span or (today + 1, today)
            day = last if as_of is None else days.to_day(as_of)
            is_current = day >= last
            same = await scores.find_same(connection, KIND, METHOD, version, day)
        found = max(day - first + 1, 0)
        if found < SHORTEST_HISTORY_DAYS:
            raise NotEnoughHistoryError("days of orders", found=found, needed=SHORTEST_HISTORY_DAYS)
        return _Plan(day, version, is_current, same, active)

    @contextmanager
    def _task(self, plan: _Plan) -> Iterator[Task]:
        # A step that was cancelled runs to its end, and may write while the folder is removed.
        with tempfile.TemporaryDirectory(prefix="regulars-", ignore_cleanup_errors=True) as folder:
            yield Task(self._database.url, plan.as_of_day, self._minor_digits, Path(folder))

    async def _read(self, task: Task, progress: Progress) -> Base:
        progress("reading orders", 0.0)
        base, _ = await asyncio.gather(
            self._pool.run(stages.read, task), self._pool.run(stages.prepare)
        )
        # Without paying customers who came back there is no telling what an order is worth.
        if base.paying_repeat_customers < SMALLEST_REPEAT_BASE:
            raise NotEnoughHistoryError(
                "paying customers who came back",
                found=base.paying_repeat_customers,
                needed=SMALLEST_REPEAT_BASE,
            )
        return base

    async def _run(self, plan: _Plan, task: Task, base: Base, progress: Progress) -> ModelRun:
        run_id = await self._storing.begin(
            NewRun(
                kind=KIND,
                method=METHOD,
                as_of_day=plan.as_of_day,
                horizon_days=CHURN_DAYS,
                data_version=plan.data_version,
                customers=base.customers,
                repeat_customers=base.repeat_customers,
            )
        )
        try:
            result = await self._compute(plan, task, progress)
            await self._storing.write(
                run_id,
                task.folder,
                lambda count: progress("writing scores", 0.6 + 0.3 * count / base.customers),
            )
            run = await self._end(run_id, result)
        except BaseException as error:
            is_stopped = isinstance(error, asyncio.CancelledError)
            why = "interrupted" if is_stopped else type(error).__name__
            await self._storing.fail(run_id, why)
            raise
        progress("dropping old scores", 0.92)
        await self._storing.clear()
        log.info("scores.written", run=run.id, state=run.state, customers=run.customers)
        return run

    async def _compute(self, plan: _Plan, task: Task, progress: Progress) -> RunResult:
        parameters, backtest = await self._learn(plan, task, progress)
        progress("scoring", 0.45)
        longest_first = sorted(HORIZONS, reverse=True)
        await asyncio.gather(
            *(self._pool.run(stages.tabulate, task, parameters, days) for days in longest_first)
        )
        return RunResult(parameters, parameters["bg_nbd"]["log_likelihood"], backtest)

    async def _learn(
        self, plan: _Plan, task: Task, progress: Progress
    ) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """Fit, and test on the past meanwhile, which tells how far the chances are bent."""
        progress("fitting, testing on the past", 0.25)
        parameters, tested = await asyncio.gather(
            self._pool.run(stages.fit, task), self._hold_out(plan, task)
        )
        return {**parameters, "recalibration": tested.recalibration}, tested.figures

    async def _hold_out(self, plan: _Plan, task: Task) -> Tested:
        active = plan.active
        previous = None
        if active and active.backtest and active.method == METHOD:
            previous = active.backtest["parameters"]
        return await self._pool.run(stages.hold_out, task, CHURN_DAYS, previous)

    async def _end(self, run_id: int, result: RunResult) -> ModelRun:
        figures = result.backtest
        if figures is None or not figures["is_worse"]:
            return await self._storing.activate(run_id, result)
        why = (
            f"Not switched to: on the same {figures['customers']:,} customers and "
            f"{CHURN_DAYS} days it predicts worse (Brier {figures['brier']:.4f}) than the "
            f"active run (Brier {figures['previous']['brier']:.4f})."
        )
        log.warning("scores.kept", run=run_id, why=why)
        return await self._storing.keep(run_id, result, why)

    async def _totals(
        self, task: Task, parameters: dict[str, Any], request: ScoreRequest
    ) -> Totals:
        if request.export is None:
            return await self._pool.run(stages.total, task, parameters, request.horizon_days)
        path = request.export.absolute()
        try:
            return await self._pool.run(stages.export, task, parameters, request.horizon_days, path)
        except OSError as error:
            raise WrongInputError(f"{path} cannot be written: {error.strerror}.") from error


def _check(request: ScoreRequest, today: date) -> None:
    if request.as_of and request.as_of > today:
        raise WrongInputError(f"{request.as_of} has not come yet.")
    if not 1 <= request.horizon_days <= FURTHEST_HORIZON_DAYS:
        raise WrongInputError(
            f"A horizon has 1 to {FURTHEST_HORIZON_DAYS:,} days, not {request.horizon_days:,}."
        )
