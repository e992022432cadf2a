"""Reactions as they stand: the order of arrival never matters, only the order of acts."""

import asyncio
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from storage import reactions as repository
from storage.database import Database
from storage.jobs import Ledger, NewJob
from storage.models import reactions as table
from storage.reactions import Reaction

CHANNEL, TS = "C0SUPPORT", "1700000000.000100"


def reaction(event_ts: str, *, present: bool, **more: Any) -> Reaction:  # noqa: ANN401 - columns
    given_columns = {"act": "ticket", "emoji": "ticket", "actor": "U0OLIVIA", "root_ts": None}
    return Reaction(
        channel=CHANNEL, ts=TS, present=present, event_ts=event_ts, **{**given_columns, **more}
    )


async def record(database: Database, *told: Reaction) -> None:
    for each in told:
        async with database.transaction() as connection:
            await repository.record(connection, each)


async def standing(database: Database, like: Reaction) -> Reaction | None:
    async with database.read() as connection:
        return await repository.current(connection, like)


async def forget(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(delete(table))


ADD, REMOVE, ADD_AGAIN = (
    reaction("1700000001.000000", present=True),
    reaction("1700000002.000000", present=False),
    reaction("1700000003.000000", present=True),
)


@pytest.mark.parametrize("order", list(permutations([ADD, REMOVE, ADD_AGAIN])))
async def test_add_remove_add_stands_in_any_order_of_arrival(
    database: Database, order: tuple[Reaction, ...]
) -> None:
    await record(database, *order)
    assert await standing(database, ADD) == ADD_AGAIN


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
async def test_last_act_stands_for_any_history_with_any_repetitions(
    database: Database, data: st.DataObject
) -> None:
    acts = data.draw(st.lists(st.booleans(), min_size=1, max_size=6), label="acts in order")
    history = [
        reaction(f"17000000{number:02}.000000", present=present)
        for number, present in enumerate(acts)
    ]
    repeated = data.draw(st.lists(st.sampled_from(history), max_size=4), label="repeated")
    arrival = data.draw(st.permutations([*history, *repeated]), label="arrival")
    await forget(database)
    await record(database, *arrival)
    assert await standing(database, ADD) == history[-1]


async def test_racing_deliveries_leave_the_last_act(database: Database) -> None:
    history = [
        reaction(f"17000000{number:02}.000000", present=number % 2 == 0) for number in range(30)
    ]
    await asyncio.gather(*(record(database, each) for each in history))
    assert await standing(database, ADD) == history[-1]


async def test_each_person_and_each_emoji_stands_for_itself(database: Database) -> None:
    others = [
        reaction("1700000001.000000", present=True, actor="U0BEN"),
        reaction("1700000001.000000", present=True, emoji="admission_tickets"),
    ]
    await record(database, ADD, *others, REMOVE)
    assert await standing(database, ADD) == REMOVE
    assert [await standing(database, other) for other in others] == others


async def test_accepted_reaction_stays_accepted_when_it_is_taken_back(database: Database) -> None:
    await record(database, ADD)
    async with database.transaction() as connection:
        await repository.accept(connection, ADD, TS)
    await record(database, REMOVE)
    async with database.read() as connection:
        [found] = await repository.of_thread(connection, CHANNEL, TS)
    assert (found.present, found.root_ts) == (False, TS)


async def test_reaction_nobody_accepted_acts_on_no_thread(database: Database) -> None:
    await record(database, ADD)
    async with database.read() as connection:
        assert await repository.of_thread(connection, CHANNEL, TS) == []


async def test_only_later_checks_not_yet_accepted_are_early(database: Database) -> None:
    before = reaction("1700000000.500000", present=True, act="resolve", actor="U0BEN")
    after = reaction("1700000001.500000", present=True, act="resolve", actor="U0MAYA")
    accepted = reaction("1700000001.600000", present=True, act="resolve", actor="U0GUS")
    await record(database, before, after, accepted, ADD)
    async with database.transaction() as connection:
        await repository.accept(connection, accepted, TS)
        early = await repository.not_yet_accepted(
            connection, CHANNEL, TS, act="resolve", after=ADD.event_ts
        )
    assert early == [after]


async def test_nothing_stands_where_nothing_was_told(database: Database) -> None:
    assert await standing(database, ADD) is None


async def record_with_job(database: Database, told: Reaction, key: str) -> None:
    job = NewJob("reaction.take", key, {"emoji": told.emoji}, correlation_id="c1")
    async with database.transaction(one_statement=True) as connection:
        await repository.record_with_job(connection, told, job)


async def test_a_reaction_and_its_job_are_stored_together(database: Database) -> None:
    await record_with_job(database, ADD, "first")
    assert await standing(database, ADD) == ADD
    (job,) = await Ledger(database).claim("worker", 10)
    assert (job.key, job.payload, job.correlation_id) == ("first", {"emoji": "ticket"}, "c1")


async def test_a_reaction_whose_job_is_known_changes_nothing(database: Database) -> None:
    await record_with_job(database, ADD, "same")
    await record_with_job(database, REMOVE, "same")
    assert await standing(database, ADD) == ADD
    assert len(await Ledger(database).claim("worker", 10)) == 1


async def test_a_late_reaction_has_its_job_but_leaves_what_stands(database: Database) -> None:
    await record_with_job(database, REMOVE, "second")
    await record_with_job(database, ADD, "first")
    assert await standing(database, ADD) == REMOVE
    assert len(await Ledger(database).claim("worker", 10)) == 2


async def test_the_same_reaction_told_many_times_at_once_is_one_job(database: Database) -> None:
    await asyncio.gather(*(record_with_job(database, ADD, "same") for _ in range(8)))
    assert await standing(database, ADD) == ADD
    assert len(await Ledger(database).claim("worker", 10)) == 1
