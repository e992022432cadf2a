"""The mirror against a real HTTP helpdesk, on both databases."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from services.errors import GorgiasUnavailableError
from services.ticket_mirror import PAGES_A_RUN, TicketMirror
from services.ticket_mirror.jobs import FILL, POLL, standing_jobs
from services.work_list import Which
from storage import bookmarks, tickets
from storage.jobs import Job, NewJob
from storage.models import tickets as table
from storage.tickets import READ_UNTIL
from tests.services.shop import open_shop
from tests.wired import Wired

Json = dict[str, Any]


def mirror_of(wired: Wired) -> TicketMirror:
    return wired.parts.services.ticket_mirror


async def file(wired: Wired, subject: str, email: str = "anna@example.com") -> int:
    """File a ticket as a customer's e-mail would."""
    said = {"channel": "email", "via": "email", "from_agent": False, "sender": {"email": email}}
    ticket = {
        "channel": "email",
        "via": "email",
        "from_agent": False,
        "customer": {"email": email},
        "subject": subject,
        "messages": [{**said, "body_text": "Hello"}],
    }
    return (await wired.parts.gorgias.create_ticket(ticket)).id


async def survey(wired: Wired, ticket_id: int, score: int) -> None:
    customer = wired.gorgias.desk.tickets[ticket_id]["customer_id"]
    given = {
        "ticket_id": ticket_id,
        "customer_id": customer,
        "score": score,
        "scored_datetime": datetime.now(UTC).isoformat(),
    }
    answer = await wired.parts.gorgias.client.post("/api/satisfaction-surveys", json=given)
    assert answer.status_code == 201, answer.text


async def claimed(wired: Wired, kind: str) -> Job:
    """Store the standing jobs and take one of them."""
    async with wired.parts.database.transaction() as connection:
        for standing in standing_jobs("2026-11-23"):
            if standing.kind == kind:
                await wired.parts.ledger.enqueue(
                    connection, NewJob(standing.kind, standing.key, payload={}, lane=1)
                )
    (job,) = await wired.parts.ledger.claim("test", 1)
    return job


async def stored(wired: Wired) -> dict[int, Json]:
    async with wired.parts.database.read() as connection:
        rows = (await connection.execute(select(table))).mappings()
        return {row["id"]: dict(row) for row in rows}


async def test_every_ticket_is_mirrored_with_its_facts(wired: Wired) -> None:
    first = await file(wired, "Where is my parcel?")
    second = await file(wired, "Broken", "zoe@example.org")
    await wired.parts.gorgias.update_ticket(second, {"status": "closed", "priority": "high"})
    assert await mirror_of(wired).fill(await claimed(wired, FILL))
    found = await stored(wired)
    assert found.keys() == {first, second}
    assert found[first]["subject"] == "Where is my parcel?"
    assert found[first]["waiting_since"] is not None
    assert (found[second]["status"], found[second]["priority"]) == ("closed", "high")
    assert found[second]["closed_at"] is not None


async def test_a_poll_reads_only_what_changed_since_the_last(wired: Wired) -> None:
    numbers = [await file(wired, f"Ticket {n}") for n in range(150)]
    for minute, ticket in enumerate(wired.gorgias.desk.tickets.values()):
        ticket["updated_datetime"] = f"2026-01-01T{minute // 60:02}:{minute % 60:02}:00+00:00"
    job, mirror = await claimed(wired, POLL), mirror_of(wired)
    async with wired.parts.database.transaction() as connection:
        await bookmarks.save(connection, READ_UNTIL, "2020-01-01T00:00:00+00:00")
    assert await mirror.poll(job) == 150
    await wired.parts.gorgias.update_ticket(numbers[0], {"status": "closed"})
    assert await mirror.poll(job) == 4  # with those of the two minutes before
    assert (await stored(wired))[numbers[0]]["status"] == "closed"


async def test_a_poll_without_news_tells_that_every_change_is_known(wired: Wired) -> None:
    began = datetime.now(UTC)
    job, mirror = await claimed(wired, POLL), mirror_of(wired)
    assert await mirror.poll(job) == 0
    polled = (await mirror.state()).polled_at
    assert polled is not None
    assert began <= polled <= datetime.now(UTC)
    status = await wired.parts.services.operations.sync_status()
    assert status.behind_seconds is not None
    assert status.behind_seconds < 60


async def test_a_filling_that_was_interrupted_goes_on_where_it_was(
    wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(230):
        await file(wired, f"Ticket {number}")
    monkeypatch.setattr("services.ticket_mirror.PAGES_A_RUN", 1)
    job, mirror = await claimed(wired, FILL), mirror_of(wired)
    assert not await mirror.fill(job)
    assert (await mirror.state()).tickets_read == 100
    assert not await mirror.fill(job)
    assert await mirror.fill(job)
    assert len(await stored(wired)) == 230
    assert (await mirror.state()).filled_at is not None


async def test_a_filling_whose_cursor_expired_begins_again_and_doubles_nothing(
    wired: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(130):
        await file(wired, f"Ticket {number}")
    monkeypatch.setattr("services.ticket_mirror.PAGES_A_RUN", 1)
    job, mirror = await claimed(wired, FILL), mirror_of(wired)
    await mirror.fill(job)
    job.memo["cursor"] = "expired"
    monkeypatch.setattr("services.ticket_mirror.PAGES_A_RUN", PAGES_A_RUN)
    assert await mirror.fill(job)
    assert len(await stored(wired)) == 130


async def test_the_first_poll_of_an_empty_helpdesk_lets_the_filling_begin(wired: Wired) -> None:
    await mirror_of(wired).poll(await claimed(wired, POLL))
    assert (await mirror_of(wired).state()).read_until is not None


async def test_trashed_and_spam_tickets_count_nowhere(wired: Wired) -> None:
    await open_shop(wired.parts.database)
    kept, trashed, spam = [await file(wired, f"Ticket {n}") for n in range(3)]
    now = datetime.now(UTC).isoformat()
    await wired.parts.gorgias.update_ticket(trashed, {"trashed_datetime": now})
    await wired.parts.gorgias.update_ticket(spam, {"spam": True})
    await mirror_of(wired).fill(await claimed(wired, FILL))
    found = await stored(wired)
    async with wired.parts.database.read() as connection:
        assert await tickets.count_open(connection, found[kept]["customer_id"]) == 1
        assert await tickets.open_ids(connection) == [kept]


async def test_a_ticket_deleted_for_good_is_forgotten_at_night(wired: Wired) -> None:
    kept, gone = await file(wired, "Kept"), await file(wired, "Gone")
    mirror = mirror_of(wired)
    await mirror.fill(await claimed(wired, FILL))
    await wired.parts.gorgias.client.delete(f"/api/tickets/{gone}")
    assert await mirror.recheck() == 1
    assert (await stored(wired)).keys() == {kept}


async def test_answers_to_surveys_belong_to_the_customer(wired: Wired) -> None:
    await open_shop(wired.parts.database)
    number = await file(wired, "Late")
    mirror = mirror_of(wired)
    await mirror.fill(await claimed(wired, FILL))
    await survey(wired, number, 2)
    assert await mirror.read_surveys(everything=False) == 1
    assert await mirror.read_surveys(everything=True) == 0
    owner = (await stored(wired))[number]["customer_id"]
    async with wired.parts.database.read() as connection:
        (answer,) = await tickets.last_answers(connection, owner)
    assert answer.score == 2


async def test_an_older_state_never_replaces_a_newer_one(wired: Wired) -> None:
    number = await file(wired, "Late")
    items, _ = await wired.parts.gorgias.ticket_page(newest_change_first=True)
    await wired.parts.gorgias.update_ticket(number, {"status": "closed"})
    mirror = mirror_of(wired)
    await mirror.fill(await claimed(wired, FILL))
    await mirror._keep(items)
    assert (await stored(wired))[number]["status"] == "closed"


async def test_tickets_find_their_customer_when_an_import_brings_them(wired: Wired) -> None:
    number = await file(wired, "Late")
    mirror = mirror_of(wired)
    await mirror.fill(await claimed(wired, FILL))
    assert (await stored(wired))[number]["customer_id"] is None
    await open_shop(wired.parts.database)
    await mirror.link_customers()
    assert (await stored(wired))[number]["customer_id"] is not None


async def test_a_ticket_names_the_product_its_customer_ordered(wired: Wired) -> None:
    await open_shop(wired.parts.database)
    named, other = await file(wired, "My soap has melted"), await file(wired, "Opening hours?")
    await mirror_of(wired).fill(await claimed(wired, FILL))
    found = await stored(wired)
    assert found[named]["product_id"] is not None
    assert found[other]["product_id"] is None


async def test_while_gorgias_is_away_nothing_is_counted_as_read(wired: Wired) -> None:
    job, mirror = await claimed(wired, POLL), mirror_of(wired)
    wired.gorgias_faults(down=True)
    with pytest.raises(GorgiasUnavailableError):
        await mirror.poll(job)
    assert (await mirror.state()).read_until is None


async def test_the_open_queue_holds_tickets_that_were_never_in_slack(wired: Wired) -> None:
    await open_shop(wired.parts.database)
    late, new = await file(wired, "Late"), await file(wired, "New", "zoe@example.org")
    await wired.parts.gorgias.update_ticket(new, {"priority": "critical"})
    await mirror_of(wired).fill(await claimed(wired, FILL))
    page = await wired.parts.services.work_lists.page(Which.URGENT, "U1")
    assert [item.ticket_id for item in page.items] == [new, late]
    assert not page.items[0].is_ours
    why = await wired.parts.services.work_lists.urgency(new)
    assert why.urgency is not None
    assert why.urgency.factor == 4


async def test_a_card_tells_the_last_answers_and_the_mirrors_count_while_gorgias_is_away(
    wired: Wired,
) -> None:
    await open_shop(wired.parts.database)
    number = await file(wired, "Late")
    mirror = mirror_of(wired)
    await mirror.poll(await claimed(wired, POLL))
    await mirror.fill(await claimed(wired, FILL))
    await survey(wired, number, 5)
    await mirror.read_surveys(everything=True)
    wired.gorgias_faults(down=True)
    customers = wired.parts.services.customers
    profile = await customers.profile(await customers.find("anna@example.com"))
    assert profile.open_tickets == 1
    assert profile.tickets_as_of is not None
    assert [answer.score for answer in profile.answers] == [5]
