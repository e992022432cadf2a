from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from storage import scores
from storage.arrays import Column
from storage.database import Database
from storage.models import customer_scores
from storage.scores import NewRun, RunResult

NEW = NewRun("customers", "m 1", 19_800, 90, "import 1, order 9", 3, 2)
RESULT = RunResult({"bg_nbd": {"r": 0.2}}, -9582.4, {"brier": 0.1})


def score_columns(size: int) -> Mapping[str, Column]:
    columns: dict[str, Column] = {
        column.name: np.arange(size) + position
        for position, column in enumerate(customer_scores.columns)
        if column.name != "run_id"
    }
    columns["p_alive"] = np.linspace(0, 1, size)
    columns["next_order_q50"] = np.ma.masked_array(np.arange(size), np.arange(size) % 2 == 0)
    columns["segment"] = columns["churn_band"] = np.arange(size) % 3
    return columns


async def add_run(database: Database, run: NewRun, state: str, size: int = 3) -> int:
    async with database.transaction() as connection:
        run_id = await scores.start_run(connection, run)
        await scores.insert_scores(connection, run_id, score_columns(size))
        if state == "active":
            await scores.save_result(connection, run_id, RESULT)
            await scores.activate(connection, run.kind, run_id)
        elif state != "running":
            await scores.end_run(connection, run_id, state, "why")
    return run_id


async def test_scores_read_back_are_those_written(database: Database) -> None:
    run_id = await add_run(database, NEW, "active", size=5)
    columns = score_columns(5)
    async with database.read() as connection:
        assert await scores.count_scores(connection, run_id) == 5
        for row in range(5):
            customer = int(columns["customer_id"][row])
            found = await scores.find_scores(connection, run_id, customer)
            assert found is not None
            assert {name: found[name] for name in columns} == {
                name: column[row : row + 1].tolist()[0] for name, column in columns.items()
            }


async def test_activated_run_takes_the_place_of_the_last_one(database: Database) -> None:
    first = await add_run(database, NEW, "active")
    second = await add_run(database, NEW, "active")
    async with database.read() as connection:
        active = await scores.active_run(connection, "customers")
        assert active is not None
        assert active.id == second
        assert active.parameters == RESULT.parameters
        assert (await scores.get_run(connection, first)).state == "retired"


async def test_only_an_active_or_kept_run_spares_a_repetition(database: Database) -> None:
    for state, is_found in (("failed", False), ("kept", True)):
        await add_run(database, NEW, state)
        async with database.read() as connection:
            same = await scores.find_same(
                connection, NEW.kind, NEW.method, NEW.data_version, NEW.as_of_day
            )
            assert (same is not None) == is_found
            assert not await scores.find_same(connection, NEW.kind, "m 2", NEW.data_version, 19_800)


async def test_scores_are_dropped_unless_shown_before_kept_running_or_of_an_earlier_month(
    database: Database,
) -> None:
    long_ago = replace(NEW, as_of_day=NEW.as_of_day - 70)
    last_month = replace(NEW, as_of_day=NEW.as_of_day - 31)
    await add_run(database, NEW, "kept")
    dropped = [await add_run(database, long_ago, "active")]
    kept = [await add_run(database, last_month, "active")]
    dropped += [await add_run(database, NEW, "active"), await add_run(database, NEW, "failed")]
    kept += [await add_run(database, NEW, "active")]  # the one to switch back to
    kept += [await add_run(database, NEW, "active"), await add_run(database, NEW, "kept")]
    running = await add_run(database, NEW, "running")
    recently = datetime.now(UTC) - timedelta(hours=1)
    async with database.read() as connection:
        found = await scores.droppable_runs(connection, "customers", recently)
        assert sorted(found) == [1, *dropped]
        later = datetime.now(UTC) + timedelta(hours=1)
        assert running in await scores.droppable_runs(connection, "customers", later)


async def test_scores_are_deleted_batch_by_batch(database: Database) -> None:
    run_id = await add_run(database, NEW, "failed", size=2_500)
    other = await add_run(database, NEW, "active", size=7)
    batches: list[int] = []
    while not batches or batches[-1]:
        async with database.transaction() as connection:
            batches.append(await scores.delete_scores(connection, run_id))
    assert sum(batches) == 2_500
    async with database.read() as connection:
        assert max(batches) <= scores.batch_rows(connection)
        assert await scores.count_scores(connection, other) == 7
