import asyncio
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from sqlalchemy import func, select

from services.analytics.calibration import brier, calibrate
from services.analytics.recalibration import Recalibration
from services.errors import NotEnoughHistoryError, WrongInputError
from services.pool import ProcessPool
from services.scoring import ScoreRequest, Scoring
from services.scoring.jobs import import_job, score
from services.scoring.task import CHURN_DAYS
from storage import scores
from storage.database import Database
from storage.jobs import Job, Ledger
from storage.models import customer_scores, model_runs
from storage.scores import ModelRun
from tests.services.scoring.drawn_shop import (
    LAST_DAY,
    Order,
    add_orders,
    drawn,
    restless_shop,
    seasonal_shop,
    small_shop,
)

LAST = date.fromisoformat(LAST_DAY)
LAST_NUMBER = (LAST - date(1970, 1, 1)).days


@pytest.fixture
def scoring(database: Database, pool: ProcessPool) -> Scoring:
    return Scoring(database, pool, currency="USD", zone=ZoneInfo("UTC"))


async def active(database: Database) -> ModelRun | None:
    async with database.read() as connection:
        return await scores.active_run(connection, "customers")


async def stored_runs(database: Database) -> list[str]:
    async with database.read() as connection:
        query = select(model_runs.c.state).order_by(model_runs.c.id)
        return list((await connection.execute(query)).scalars())


async def test_everybody_is_scored_as_of_the_last_day_with_an_order(
    database: Database, scoring: Scoring
) -> None:
    rows = small_shop()
    await add_orders(database, rows)
    run = await scoring.refresh()
    assert run == await active(database)
    assert (run.state, run.customers) == ("active", 900)
    assert run.as_of_day == max(row[1] for row in rows)
    assert run.backtest is not None
    assert run.backtest["brier"] < run.backtest["recency_rule_brier"]
    async with database.read() as connection:
        assert await scores.count_scores(connection, run.id) == 900
        found = await scores.find_scores(connection, run.id, 1)
    assert found is not None
    theirs = [row for row in rows if row[0] == 1]
    assert found["frequency"] == len({row[1] for row in theirs}) - 1
    assert found["spend"] == sum(row[2] for row in theirs)
    assert found["orders_30"] < found["orders_90"] < found["orders_365"]
    assert found["value_90_lo80"] <= found["value_90_hi80"]


async def test_what_was_cancelled_in_a_document_of_its_own_makes_nobody_worth_a_fortune(
    database: Database, scoring: Scoring
) -> None:
    whale, mistake = 10_001, 16_846_960
    first, later = LAST_NUMBER - 300, LAST_NUMBER - 100
    rows: list[Order] = [
        (whale, first, 290, True),
        (whale, later, mistake, True),
        (whale, later, -mistake, False),
    ]
    await add_orders(database, [*small_shop(), *rows])
    run = await scoring.refresh()
    async with database.read() as connection:
        found = await scores.find_scores(connection, run.id, whale)
    assert found is not None
    assert found["spend"] == 290
    assert found["monetary"] <= 290
    assert found["value_365"] < 100_000


async def test_same_orders_are_not_scored_twice_and_new_ones_are(
    database: Database, scoring: Scoring
) -> None:
    rows = small_shop()
    await add_orders(database, rows)
    first = await scoring.refresh()
    assert await scoring.refresh() == first
    await add_orders(database, [(1, LAST_NUMBER, 999, True)], first_id=len(rows) + 1)
    second = await scoring.refresh()
    assert await stored_runs(database) == ["retired", "active"]
    await add_orders(database, [(2, LAST_NUMBER, 999, True)], first_id=len(rows) + 2)
    third = await scoring.refresh()
    async with database.read() as connection:
        assert await scores.count_scores(connection, first.id) == 0
        assert await scores.count_scores(connection, second.id) == 900  # to switch back to
        assert await scores.count_scores(connection, third.id) == 900


async def test_scoring_again_gives_the_same_file_to_the_byte(
    database: Database, scoring: Scoring, tmp_path: Path
) -> None:
    await add_orders(database, small_shop())
    files = [tmp_path / "first.csv", tmp_path / "second.csv"]
    for file in files:
        await scoring.score(ScoreRequest(export=file))
    assert files[0].read_bytes() == files[1].read_bytes()


async def test_earlier_day_is_scored_without_what_came_later_and_stores_nothing(
    database: Database, scoring: Scoring, tmp_path: Path
) -> None:
    rows = small_shop()
    as_of = LAST - timedelta(days=120)
    past = [row for row in rows if row[1] <= LAST_NUMBER - 120]
    await add_orders(database, past)
    before = await scoring.score(ScoreRequest(as_of, 60, tmp_path / "before.csv"))
    await add_orders(database, [row for row in rows if row not in past], first_id=len(past) + 1)
    states = await stored_runs(database)
    after = await scoring.score(ScoreRequest(as_of, 60, tmp_path / "after.csv"))
    assert (tmp_path / "before.csv").read_bytes() == (tmp_path / "after.csv").read_bytes()
    assert before.parameters == after.parameters
    assert after.run is None
    assert await stored_runs(database) == states == ["active"]


async def test_run_worse_on_its_own_hold_out_is_kept_and_says_so(
    database: Database, scoring: Scoring
) -> None:
    rows = seasonal_shop()
    autumn = [row for row in rows if row[1] <= LAST_NUMBER - 152]
    await add_orders(database, autumn)
    good = await scoring.refresh()
    await add_orders(database, [row for row in rows if row not in autumn], len(autumn) + 1)
    worse = await scoring.refresh()
    assert worse.state == "kept"
    assert worse.message.startswith("Not switched to: on the same")
    shown = await active(database)
    assert shown is not None
    assert shown.id == good.id
    assert await scoring.refresh() == worse


async def test_chances_are_bent_where_the_last_two_quarters_show_that_it_helps(
    database: Database, scoring: Scoring
) -> None:
    shop = restless_shop()
    await add_orders(database, [row for row in drawn(shop) if row[1] <= shop.as_of])
    run = await scoring.refresh()
    assert run.backtest is not None
    assert run.backtest["parameters"]["recalibration"] is not None
    line = Recalibration(**run.parameters["recalibration"])
    assert 0.4 < line.slope < 0.8
    async with database.read() as connection:
        query = select(customer_scores.c.customer_id, customer_scores.c.p_no_order)
        stored = np.array((await connection.execute(query)).all())
    ids, order = np.unique(stored[:, 0], return_index=True)
    told = stored[order, 1]
    orders, _, _ = shop.purchases.after(ids.astype(np.int64) - 1, shop.as_of, CHURN_DAYS)
    of_models = np.array([line.level(one) for one in told])
    assert brier(told, orders == 0) < brier(of_models, orders == 0)
    assert calibrate(told, orders == 0).error < calibrate(of_models, orders == 0).error


async def test_models_that_are_right_are_not_bent(database: Database, scoring: Scoring) -> None:
    await add_orders(database, small_shop())
    assert (await scoring.refresh()).parameters["recalibration"] is None


async def test_with_less_than_three_quarters_nothing_is_bent(
    database: Database, scoring: Scoring
) -> None:
    await add_orders(database, small_shop(2_500, days_open=190))
    run = await scoring.refresh()
    assert run.state == "active"
    assert run.backtest is not None
    assert run.parameters["recalibration"] is None


async def test_cancelled_run_leaves_the_active_one(database: Database, scoring: Scoring) -> None:
    rows = small_shop()
    await add_orders(database, rows)
    first = await scoring.refresh()
    await add_orders(database, [(1, LAST_NUMBER, 999, True)], first_id=len(rows) + 1)

    def cancel_when_writing(what: str, _share: float) -> None:
        if what == "writing scores":
            task.cancel()

    task = asyncio.create_task(scoring.refresh(cancel_when_writing))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await active(database) == first
    assert await stored_runs(database) == ["active", "failed"]
    assert (await scoring.refresh()).state == "active"


def few_customers() -> list[Order]:
    return [row for row in small_shop() if row[0] is not None and row[0] <= 120]


def short_history() -> list[Order]:
    return [row for row in small_shop(days_open=150) if row[1] > LAST_NUMBER - 150]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], "0 days of orders, at least 180 are needed"),
        (short_history(), "150 days of orders, at least 180 are needed"),
        (few_customers(), "customers who came back, at least 100 are needed"),
    ],
)
async def test_too_little_history_is_refused_with_the_figure_needed(
    database: Database, scoring: Scoring, rows: list[Order], sentence: str
) -> None:
    await add_orders(database, rows)
    with pytest.raises(NotEnoughHistoryError, match=sentence):
        await scoring.refresh()
    assert await stored_runs(database) == []


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (ScoreRequest(horizon_days=0), "1 to 1,095 days, not 0"),
        (ScoreRequest(as_of=date(9999, 1, 1)), "has not come yet"),
        (ScoreRequest(export=Path("/nowhere/scores.csv")), "cannot be written: No such file"),
    ],
)
async def test_request_that_cannot_be_met_is_told_why(
    database: Database, scoring: Scoring, request_: ScoreRequest, sentence: str
) -> None:
    await add_orders(database, small_shop())
    with pytest.raises(WrongInputError, match=sentence):
        await scoring.score(request_)


async def test_job_scores_and_a_small_shop_is_no_failure(
    database: Database, scoring: Scoring
) -> None:
    ledger = Ledger(database)
    rows = small_shop()

    async def run_job(version: str) -> Job:
        async with database.transaction() as connection:
            await ledger.enqueue(connection, import_job(version))
            assert not await ledger.enqueue(connection, import_job(version))
        [job] = await ledger.claim("worker", 5)
        await score(scoring, job)
        async with ledger.fenced(job) as connection:
            await ledger.finish(connection, job)
        return job

    await run_job("import 1, order 0")
    assert await stored_runs(database) == []
    await add_orders(database, rows)
    await run_job("import 2, order 9")
    assert await stored_runs(database) == ["active"]
    async with database.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(model_runs)) == 1
