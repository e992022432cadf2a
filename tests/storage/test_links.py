"""Links: one a thread, found by its message, its card and what was copied."""

import asyncio

import pytest
from sqlalchemy.exc import IntegrityError

from storage import links
from storage.database import Database
from storage.links import Link

CHANNEL, ROOT = "C0SUPPORT", "1700000000.000100"


async def want(database: Database, root_ts: str = ROOT, subject: str = "Broken mug") -> Link:
    async with database.transaction() as connection:
        return await links.want(
            connection, team="T0", channel=CHANNEL, root_ts=root_ts, subject=subject
        )


async def save(database: Database, link: Link, **changes: object) -> Link:
    async with database.transaction() as connection:
        await links.save(connection, link.id, **changes)
        return await links.get(connection, link.id)


async def test_racing_wishes_make_one_link(database: Database) -> None:
    made = await asyncio.gather(*(want(database, subject=f"by {n}") for n in range(20)))
    assert len({link.id for link in made}) == 1
    assert len({link.subject for link in made}) == 1


async def test_new_link_waits_for_its_ticket(database: Database) -> None:
    link = await want(database)
    assert (link.state, link.ticket_id, link.settle_wait_ms) == ("wanted", None, None)
    assert link.external_id == f"slack:T0:{CHANNEL}:{ROOT}"


async def test_link_is_found_by_its_message_and_by_its_card(database: Database) -> None:
    link = await save(database, await want(database), card_ts="1700000009.000000")
    async with database.read() as connection:
        found = [
            await links.find_by_message(connection, CHANNEL, ts) for ts in (ROOT, str(link.card_ts))
        ]
        assert found == [link, link]
        assert await links.find_by_message(connection, CHANNEL, "1700000001.000000") is None
        assert await links.find_by_message(connection, "C0ORDERS", ROOT) is None
        assert await links.find(connection, CHANNEL, str(link.card_ts)) is None


async def test_link_is_found_by_any_message_copied_into_its_ticket(database: Database) -> None:
    link = await want(database)
    stamps = [ROOT, "1700000001.000000"]
    async with database.transaction() as connection:
        await links.copied(connection, link.id, CHANNEL, stamps)
        await links.copied(connection, link.id, CHANNEL, [*stamps, "1700000002.000000"])
        await links.copied(connection, link.id, CHANNEL, [])
    async with database.read() as connection:
        for ts in [*stamps, "1700000002.000000"]:
            assert await links.find_by_copy(connection, CHANNEL, ts) == link
        assert await links.find_by_copy(connection, CHANNEL, "1700000003.000000") is None


async def test_one_ticket_never_belongs_to_two_threads(database: Database) -> None:
    first, second = await want(database), await want(database, "1700000005.000000")
    await save(database, first, ticket_id=7)
    with pytest.raises(IntegrityError):
        await save(database, second, ticket_id=7)


async def test_settling_is_counted_by_the_clock_of_the_database(database: Database) -> None:
    link = await want(database)
    async with database.transaction() as connection:
        await links.settle_for(connection, link.id, 60_000)
        link = await links.get(connection, link.id)
    assert link.was_ambiguous
    assert link.settle_wait_ms is not None
    assert 50_000 < link.settle_wait_ms <= 60_000


async def test_settling_that_is_over_is_not_more_than_zero(database: Database) -> None:
    link = await want(database)
    async with database.transaction() as connection:
        await links.settle_for(connection, link.id, -5)
        link = await links.get(connection, link.id)
    assert link.settle_wait_ms is not None
    assert link.settle_wait_ms <= 0


async def test_unknown_link_is_a_mistake(database: Database) -> None:
    async with database.read() as connection:
        with pytest.raises(LookupError):
            await links.get(connection, 99)


async def test_waiting_tickets_are_counted(database: Database) -> None:
    link = await want(database)
    await want(database, "1700000005.000000")
    await save(database, link, waiting_since=link.created_at)
    async with database.read() as connection:
        assert await links.count_waiting(connection) == 1


async def open_link(database: Database, root_ts: str, **changes: object) -> Link:
    return await save(database, await want(database, root_ts), state="open", **changes)


async def test_work_of_a_person_is_what_they_reported_claimed_or_were_given(
    database: Database,
) -> None:
    reported = await open_link(database, "1.1", reported_by=["U0BEN", "U0MAYA"])
    claimed = await open_link(database, "1.2", acts={"claimed_by": "U0MAYA"})
    given = await open_link(database, "1.3", acts={"assignee": {"value": "U0MAYA"}})
    await open_link(database, "1.4", reported_by=["U0MAYAN"], acts={"claimed_by": "U0BEN"})
    await save(database, await want(database, "1.5"), state="resolved", reported_by=["U0MAYA"])
    async with database.read() as connection:
        page = await links.of_person(connection, "U0MAYA", 10)
        first = await links.of_person(connection, "U0MAYA", 1, 1)
    assert [link.id for link in page.links] == [given.id, claimed.id, reported.id]
    assert ([link.id for link in first.links], first.total) == ([claimed.id], 3)


async def test_most_urgent_comes_by_priority_and_then_by_waiting(database: Database) -> None:
    made = [
        await open_link(database, f"2.{number}", priority=priority)
        for number, priority in enumerate(["low", "normal", "high", "critical", "high"])
    ]
    await save(database, await want(database, "2.9"), state="resolved", priority="critical")
    async with database.read() as connection:
        page = await links.most_urgent(connection, 10)
        newest = await links.unresolved(connection, 2)
    assert [link.id for link in page.links] == [made[n].id for n in (3, 2, 4, 1, 0)]
    assert [link.id for link in newest.links] == [made[4].id, made[3].id]
    assert newest.total == 5


async def test_link_is_found_by_the_number_of_its_ticket(database: Database) -> None:
    link = await open_link(database, "3.1", ticket_id=77, subject="Late parcel")
    async with database.read() as connection:
        assert await links.find_by_ticket(connection, 77) == link
        assert await links.find_by_ticket(connection, 78) is None
        assert await links.subjects(connection, [link.id, 999]) == {link.id: "Late parcel"}
        assert await links.count_open_in(connection, CHANNEL) == 1
        assert await links.count_open_in(connection, "C0ORDERS") == 0
