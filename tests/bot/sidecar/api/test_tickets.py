"""Tickets by API: asked for once, done through the same work as the New ticket form."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import update

from bot.precedence import Precedence
from bot.sidecar.health import Health
from bot.sidecar.server import Sidecar
from services.api_keys import KeyRequest, Scope
from storage.limits import Limits
from storage.models import idempotency_keys
from tests.bot.sidecar.api.answers import Api
from tests.bot.sidecar.api.conftest import LIMITS
from tests.bot.sidecar.running import Running
from tests.services.shop import open_shop
from tests.wired import Wired, open_wired

PARCEL = {"subject": "Late parcel", "message": "Where is <b>order</b> #1042? & when"}


@dataclass
class Desk:
    """The API in front of an emulated Gorgias and Slack."""

    api: Api
    wired: Wired

    async def create(self, key: str = "k1", **changes: Any) -> tuple[int, Any]:  # noqa: ANN401
        body = {**PARCEL, **changes}
        return await self.api.send("POST", "tickets", json=body, headers={"Idempotency-Key": key})


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with open_wired(database_url, http_port=0, **LIMITS) as wired:
        parts = wired.parts
        await open_shop(parts.database)
        health = Health(parts.database, needs_sockets=False, silent_seconds=lambda: 0.0)
        sidecar = Sidecar(
            parts.settings,
            health,
            parts.metrics,
            parts.services,
            Limits(parts.database),
            Precedence(),
        )
        running = Running(parts, health, sidecar, wired.http)
        await sidecar.start()
        running.address = f"http://127.0.0.1:{sidecar.port}"
        wanted = KeyRequest("webshop", [Scope.TICKETS, Scope.TICKETS_WRITE])
        key = await parts.services.api_keys.create(wanted, "test")
        yield Desk(Api(running, key.secret), wired)
        await sidecar.stop()


async def test_ticket_asked_for_is_one_internal_note_about_the_customer(desk: Desk) -> None:
    status, body = await desk.create(tags=["parcel", "parcel"], priority="high")
    assert status == 202
    assert body == {
        "reference": body["reference"],
        "url": f"/api/v1/tickets/{body['reference']}",
    }
    assert desk.api.running.last_headers["Location"] == body["url"]
    before = await desk.api.get(f"tickets/{body['reference']}")
    assert (before["ticket_id"], before["state"]) == (None, "wanted")
    await desk.wired.work()
    [ticket] = desk.wired.tickets()
    found = await desk.api.get(f"tickets/{body['reference']}")
    assert found["ticket_id"] == ticket["id"]
    assert (found["state"], found["customer"]) == ("open", "Anne S. · a•••@example.com")
    assert await desk.api.get(f"tickets/{ticket['id']}") == found
    assert found == await desk.api.told(f"/tickets {ticket['id']}")
    tags = [desk.wired.gorgias.desk.tags[tag]["name"] for tag in ticket["tag_ids"]]
    assert sorted(tags) == ["api", "parcel"]
    assert ticket["priority"] == "high"
    [note] = desk.wired.gorgias.desk.messages.values()
    assert (note["channel"], note["public"]) == ("internal-note", False)
    assert "Reported from the API by webshop" in note["body_text"]
    assert "Where is &lt;b&gt;order&lt;/b&gt; #1042? &amp; when" in note["body_html"]


async def test_nothing_about_a_ticket_of_a_program_is_posted_in_slack(desk: Desk) -> None:
    before = await desk.wired.messages()
    await desk.create()
    await desk.wired.work()
    assert await desk.wired.messages() == before
    assert await desk.wired.parts.ledger.dead() == []


async def test_same_key_and_body_get_the_same_answer_and_one_ticket(desk: Desk) -> None:
    first = await desk.create()
    assert await desk.create() == first
    await desk.wired.work()
    assert await desk.create() == first
    await desk.wired.work()
    assert len(desk.wired.tickets()) == 1


async def test_same_key_with_another_body_is_a_conflict_and_does_nothing(desk: Desk) -> None:
    await desk.create()
    for changes in ({"message": "Other"}, {"priority": "high"}, {"tags": ["x"]}):
        status, body = await desk.create(**changes)
        assert (status, body["error"]["code"]) == (409, "idempotency_key_reused")
    await desk.wired.work()
    assert len(desk.wired.tickets()) == 1


async def test_many_at_once_have_one_effect(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.create("same") for _ in range(20)))
    assert {status for status, _ in answers} == {202}
    assert len({body["reference"] for _, body in answers}) == 1
    await desk.wired.work()
    assert len(desk.wired.tickets()) == 1


async def test_of_many_at_once_with_two_bodies_one_body_wins(desk: Desk) -> None:
    answers = await asyncio.gather(
        *(desk.create("same", message=f"Words {n % 2}") for n in range(10))
    )
    assert sorted({status for status, _ in answers}) == [202, 409]
    await desk.wired.work()
    assert len(desk.wired.tickets()) == 1


async def test_another_key_is_another_ticket(desk: Desk) -> None:
    await desk.create("one")
    await desk.create("two")
    await desk.wired.work()
    assert len(desk.wired.tickets()) == 2


async def test_key_is_free_again_after_a_day(desk: Desk) -> None:
    first = await desk.create()
    async with desk.wired.parts.database.transaction() as connection:
        a_day = 24 * 3_600_000
        await connection.execute(
            update(idempotency_keys).values(created_at=idempotency_keys.c.created_at - a_day - 1)
        )
    status, second = await desk.create(message="Something new")
    assert status == 202
    assert second["reference"] != first[1]["reference"]


async def test_lost_answers_of_gorgias_still_make_one_ticket(desk: Desk) -> None:
    desk.wired.gorgias_faults(lose_reply_rate=1.0)
    _, asked = await desk.create()
    await desk.wired.work()
    desk.wired.gorgias_faults(lose_reply_rate=0.0)
    async with asyncio.timeout(60):
        while (await desk.api.get(f"tickets/{asked['reference']}"))["ticket_id"] is None:
            await asyncio.sleep(0.1)
            await desk.wired.work()
    assert len(desk.wired.tickets()) == 1


async def test_wrong_tickets_are_refused_by_field(desk: Desk) -> None:
    for changes, said in (
        ({"subject": ""}, "subject must have at least 1 character"),
        ({"message": "\u200b"}, "message has nothing that can be seen"),
        ({"priority": "urgent!"}, "priority must be 'low', 'normal', 'high' or 'critical'"),
        ({"tags": ["x"] * 11}, "tags must have at most 10 items"),
        ({"tags": "x"}, "tags must be a valid list"),
        ({"subject": 5}, "subject must be a valid string"),
        ({"assignee": "ben"}, "There is no field assignee"),
    ):
        status, body = await desk.create(**changes)
        assert status == 400, changes
        assert said in body["error"]["message"]
    for headers in ({}, {"Idempotency-Key": ""}, {"Idempotency-Key": "a b"}):
        status, body = await desk.api.send("POST", "tickets", json=PARCEL, headers=headers)
        assert status == 400
        assert "Idempotency-Key" in body["error"]["message"]
    status, body = await desk.create(customer="nobody@example.com")
    assert (status, body["error"]["code"]) == (404, "customer_not_found")
    status, body = await desk.create(customer="smith")
    assert (status, body["error"]["code"]) == (409, "customer_ambiguous")
    await desk.wired.work()
    assert desk.wired.tickets() == []


async def test_open_tickets_turn_pages_newest_first(desk: Desk) -> None:
    for number in range(5):
        await desk.create(f"key-{number}", subject=f"Ticket {number}")
    await desk.wired.work()
    told = (await desk.api.told("/tickets open"))["tickets"]
    first = await desk.api.get("tickets", limit=2)
    second = await desk.api.get("tickets", limit=2, cursor=first["next_cursor"])
    third = await desk.api.get("tickets", limit=2, cursor=second["next_cursor"])
    assert [*first["tickets"], *second["tickets"], *third["tickets"]] == told
    assert third["next_cursor"] is None
    urgent = await desk.api.get("tickets", sort="urgent", limit=3)
    rest = await desk.api.get("tickets", sort="urgent", limit=3, cursor=urgent["next_cursor"])
    subjects = [each["subject"] for each in (*urgent["tickets"], *rest["tickets"])]
    told = (await desk.api.told("/tickets urgent"))["tickets"]
    assert subjects == [each["subject"] for each in told]


async def test_unknown_ticket_is_404(desk: Desk) -> None:
    for wanted in ("77", "api-nothing", "0", "-1", "form", "9" * 40):
        assert (await desk.api.ask(f"tickets/{wanted}"))[0] == 404
