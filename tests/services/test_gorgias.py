"""The Gorgias client against the emulator: it says of every call what certainly happened."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp.test_utils import TestServer

from bot.playground.gorgias import GorgiasEmulator
from services.circuit import FAILURES_TO_OPEN, Circuit
from services.gorgias import (
    Gorgias,
    GorgiasNotDoneError,
    GorgiasRefusedError,
    GorgiasUncertainError,
)
from services.gorgias_tickets import read_time
from storage.budgets import Budget
from storage.database import Database

Calls = list[tuple[str, str]]


@pytest.fixture
def emulator() -> GorgiasEmulator:
    emulator = GorgiasEmulator()
    emulator.faults.merge({"limit": 10_000})
    emulator.gate.bucket.resize(10_000, 20)
    return emulator


@pytest.fixture
async def budget(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Budget]:
    path = shutil.copyfile(sqlite_template, tmp_path / "regulars.db")
    database = Database(f"sqlite:///{path}")
    yield Budget(database, "gorgias", per_second=1000, burst=100)
    await database.close()


@pytest.fixture
def calls() -> Calls:
    return []


@pytest.fixture
async def gorgias(
    emulator: GorgiasEmulator, budget: Budget, calls: Calls
) -> AsyncIterator[Gorgias]:
    async with (
        TestServer(emulator.make_app()) as server,
        httpx.AsyncClient(
            base_url=str(server.make_url("")),
            auth=("bot@playground.test", "playground-key"),
            timeout=httpx.Timeout(0.5),
        ) as client,
    ):
        yield Gorgias(
            client=client,
            base_url="https://acme.gorgias.test",
            budget=budget,
            settle_seconds=30,
            settle_short_seconds=3,
            observe_call=lambda operation, outcome, _seconds: calls.append((operation, outcome)),
            observe_wait=lambda _seconds: None,
        )


def draft(**changes: object) -> dict[str, Any]:
    note = {
        "channel": "internal-note",
        "via": "api",
        "from_agent": True,
        "public": False,
        "sender": {"email": "bot@playground.test"},
        "body_text": "Broken mug",
    }
    ticket = {"channel": "internal-note", "via": "api", "from_agent": True, "messages": [note]}
    return {**ticket, **changes}


def made(emulator: GorgiasEmulator) -> int:
    return len(emulator.desk.tickets)


# --- what went well ----------------------------------------------------------------------------


async def test_created_ticket_is_read_back_whole(gorgias: Gorgias) -> None:
    ticket = await gorgias.create_ticket(draft(external_id="slack:T:C:1", tags=[{"name": "slack"}]))
    found = await gorgias.get_ticket(ticket.id)
    assert found is not None
    assert (found.external_id, found.status, found.tags) == ("slack:T:C:1", "open", ("slack",))
    assert [message.channel for message in found.messages] == ["internal-note"]
    assert found.created_at is not None
    assert not found.has_assignee


async def test_ticket_that_is_not_there_is_none(gorgias: Gorgias) -> None:
    assert await gorgias.get_ticket(999_999) is None


async def test_tickets_of_an_external_id_are_found_oldest_first(gorgias: Gorgias) -> None:
    both = [await gorgias.create_ticket(draft(external_id="slack:T:C:1")) for _ in range(2)]
    await gorgias.create_ticket(draft(external_id="slack:T:C:11"))
    found = await gorgias.find_tickets("slack:T:C:1")
    assert [ticket.id for ticket in found] == [ticket.id for ticket in both]


async def test_trashed_ticket_is_found_too(gorgias: Gorgias) -> None:
    ticket = await gorgias.create_ticket(draft(external_id="slack:T:C:1"))
    await gorgias.update_ticket(ticket.id, {"trashed_datetime": "2026-01-01T00:00:00"})
    [found] = await gorgias.find_tickets("slack:T:C:1")
    assert found.trashed


async def test_note_is_recognised_by_its_external_id(gorgias: Gorgias) -> None:
    ticket = await gorgias.create_ticket(draft())
    note = {**draft()["messages"][0], "external_id": "slack:T:C:1:2"}
    assert not await gorgias.has_message(ticket.id, "slack:T:C:1:2")
    await gorgias.add_note(ticket.id, note)
    assert await gorgias.has_message(ticket.id, "slack:T:C:1:2")


async def test_customer_is_found_by_any_of_their_addresses(gorgias: Gorgias) -> None:
    made_id = await gorgias.create_customer({"name": "Anna", "email": "anna@acme.test"})
    assert await gorgias.find_customer(email="Anna@acme.test", phone=None) == made_id
    assert await gorgias.find_customer(email="nobody@acme.test", phone=None) is None
    assert await gorgias.find_customer(email=None, phone=None) is None


async def test_colleague_is_found_by_their_address(gorgias: Gorgias) -> None:
    found = await gorgias.find_user("Olivia@playground.test")
    assert found is not None
    assert await gorgias.find_user("nobody@playground.test") is None


async def test_uploaded_file_can_be_attached(gorgias: Gorgias) -> None:
    uploaded = await gorgias.upload("mug.png", "image/png", b"\x89PNG")
    note = {**draft()["messages"][0], "attachments": [uploaded]}
    ticket = await gorgias.create_ticket(draft(messages=[note]))
    assert ticket.id


# --- refused: repeating will not help ----------------------------------------------------------


async def test_refusal_names_the_fields_and_never_their_values(gorgias: Gorgias) -> None:
    with pytest.raises(GorgiasRefusedError) as raised:
        await gorgias.create_ticket(draft(status="canary@acme.test"))
    assert raised.value.http_status == 400
    assert "canary" not in raised.value.sentence


async def test_wrong_key_is_a_refusal(gorgias: Gorgias, emulator: GorgiasEmulator) -> None:
    emulator.faults.merge({"wrong_key": True})
    with pytest.raises(GorgiasRefusedError) as raised:
        await gorgias.check_account()
    assert raised.value.http_status == 401


async def test_taken_address_is_a_conflict(gorgias: Gorgias) -> None:
    await gorgias.create_customer({"name": "Anna", "email": "anna@acme.test"})
    with pytest.raises(GorgiasRefusedError) as raised:
        await gorgias.create_customer({"name": "Anna", "email": "anna@acme.test"})
    assert raised.value.http_status == 409


# --- not done: it certainly had no effect ------------------------------------------------------


async def test_unreachable_helpdesk_did_nothing(gorgias: Gorgias, budget: Budget) -> None:
    async with httpx.AsyncClient(base_url="http://127.0.0.1:1") as nobody:
        alone = Gorgias(
            nobody, "", budget, 30, 3, gorgias.observe_call, gorgias.observe_wait, Circuit()
        )
        with pytest.raises(GorgiasNotDoneError):
            await alone.create_ticket(draft())


async def test_refusal_for_speed_holds_the_budget_for_everybody(
    gorgias: Gorgias, emulator: GorgiasEmulator, budget: Budget
) -> None:
    emulator.faults.merge({"rate_limited": True})
    with pytest.raises(GorgiasNotDoneError) as raised:
        await gorgias.create_ticket(draft())
    assert raised.value.retry_after == 2
    assert made(emulator) == 0
    assert await budget.reserve() > 1


async def test_nearly_full_bucket_of_the_account_makes_us_pause(
    gorgias: Gorgias, emulator: GorgiasEmulator, budget: Budget
) -> None:
    emulator.gate.bucket.resize(2, 1000)
    slow = Budget(budget.database, budget.name, per_second=0.01, burst=50)
    careful = Gorgias(
        gorgias.client, "", slow, 30, 3, gorgias.observe_call, gorgias.observe_wait, Circuit()
    )
    await careful.check_account()
    assert await slow.reserve() > 90


async def test_read_that_fails_leaves_nothing_to_settle(
    gorgias: Gorgias, emulator: GorgiasEmulator
) -> None:
    emulator.faults.merge({"error_rate": 1.0, "writes_only": False})
    with pytest.raises(GorgiasNotDoneError):
        await gorgias.get_ticket(1)
    emulator.faults.merge({"error_rate": 0.0, "slow_ms": 2000})
    with pytest.raises(GorgiasNotDoneError):
        await gorgias.get_ticket(1)
    emulator.faults.merge({"slow_ms": 0, "refuse": True})
    with pytest.raises(GorgiasNotDoneError):
        await gorgias.get_ticket(1)


# --- uncertain: it may have happened -----------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "settle", "happened"),
    [
        ({"error_rate": 1.0}, 3, 0),
        ({"down": True}, 3, 0),
        ({"refuse": True}, 3, 0),
        ({"lose_reply_rate": 1.0}, 3, 1),
        ({"slow_ms": 3000}, 30, 0),
    ],
    ids=["500", "503", "cut", "reply lost", "time-out"],
)
async def test_write_without_an_answer_is_uncertain_until_it_settled(
    gorgias: Gorgias,
    emulator: GorgiasEmulator,
    fault: dict[str, object],
    settle: float,
    happened: int,
) -> None:
    emulator.faults.merge(fault)
    with pytest.raises(GorgiasUncertainError) as raised:
        await gorgias.create_ticket(draft())
    assert raised.value.settle_seconds == settle
    assert made(emulator) == happened


async def test_no_write_is_ever_sent_twice(gorgias: Gorgias, emulator: GorgiasEmulator) -> None:
    emulator.faults.merge({"refuse": True})
    with pytest.raises(GorgiasUncertainError):
        await gorgias.create_ticket(draft())
    assert [call["method"] for call in emulator.gate.calls] == ["POST"]


async def test_slow_write_may_land_after_it_timed_out(
    gorgias: Gorgias, emulator: GorgiasEmulator
) -> None:
    emulator.faults.merge({"late_commit_rate": 1.0, "late_commit_seconds": 0.2})
    with pytest.raises(GorgiasUncertainError):
        await gorgias.create_ticket(draft(external_id="slack:T:C:1"))
    assert await gorgias.find_tickets("slack:T:C:1") == []
    await asyncio.gather(*emulator.gate.late)
    assert len(await gorgias.find_tickets("slack:T:C:1")) == 1


async def test_page_instead_of_json_is_uncertain_after_a_write(
    gorgias: Gorgias, budget: Budget
) -> None:
    page = httpx.MockTransport(lambda _request: httpx.Response(200, text="<html>Maintenance"))
    async with httpx.AsyncClient(base_url="http://gorgias.test", transport=page) as client:
        odd = Gorgias(
            client, "", budget, 30, 3, gorgias.observe_call, gorgias.observe_wait, Circuit()
        )
        with pytest.raises(GorgiasUncertainError):
            await odd.create_ticket(draft())
        with pytest.raises(GorgiasNotDoneError):
            await odd.get_ticket(1)


# --- the circuit -------------------------------------------------------------------------------


async def test_struggling_helpdesk_is_left_alone_and_probed_by_one(
    gorgias: Gorgias, emulator: GorgiasEmulator
) -> None:
    emulator.faults.merge({"down": True})
    for _ in range(FAILURES_TO_OPEN):
        with pytest.raises(GorgiasUncertainError):
            await gorgias.create_ticket(draft())
    asked = len(emulator.gate.calls)
    with pytest.raises(GorgiasNotDoneError) as raised:
        await gorgias.create_ticket(draft())
    assert raised.value.retry_after is not None
    assert len(emulator.gate.calls) == asked
    gorgias.circuit.probe_at = 0
    probes = await asyncio.gather(
        *(gorgias.create_ticket(draft()) for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(probe, GorgiasUncertainError) for probe in probes) == 1
    assert len(emulator.gate.calls) == asked + 1
    emulator.faults.merge({"down": False})
    gorgias.circuit.probe_at = 0
    await gorgias.check_account()
    assert not gorgias.circuit.is_open


async def test_refusals_do_not_open_the_circuit(gorgias: Gorgias) -> None:
    for _ in range(FAILURES_TO_OPEN + 1):
        with pytest.raises(GorgiasRefusedError):
            await gorgias.create_ticket(draft(status="no such"))
    assert not gorgias.circuit.is_open


async def test_every_call_is_counted_with_its_outcome(
    gorgias: Gorgias, emulator: GorgiasEmulator, calls: Calls
) -> None:
    await gorgias.check_account()
    emulator.faults.merge({"refuse": True})
    with pytest.raises(GorgiasUncertainError):
        await gorgias.create_ticket(draft())
    assert calls == [("account", "200"), ("ticket.create", "cut")]


# --- times -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-11-22T12:00:00", 1795348800),
        ("2026-11-22T12:00:00Z", 1795348800),
        ("2026-11-22T13:00:00+01:00", 1795348800),
        ("2026-11-22T12:00:00.123456+00:00", 1795348800),
    ],
)
def test_times_are_read_as_utc(text: str, seconds: int) -> None:
    at = read_time(text)
    assert at is not None
    assert int(at.timestamp()) == seconds


def test_absent_time_is_none() -> None:
    assert read_time(None) is None
    assert read_time("") is None


async def test_background_calls_leave_part_of_the_burst_to_people(gorgias: Gorgias) -> None:
    slow = replace(gorgias, budget=replace(gorgias.budget, name="slow", per_second=0.1, burst=5))
    background = slow.in_background()
    for _ in range(3):
        await background.check_account()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(background.check_account(), 0.5)
    await asyncio.wait_for(slow.check_account(), 5)


async def test_what_is_asked_only_if_free_is_not_asked_and_does_not_wait(gorgias: Gorgias) -> None:
    slow = replace(gorgias, budget=replace(gorgias.budget, name="slow", per_second=0.1, burst=5))
    spare = slow.if_free()
    for _ in range(3):
        await spare.check_account()
    with pytest.raises(GorgiasNotDoneError, match="busy with other questions") as refused:
        await asyncio.wait_for(spare.check_account(), 5)
    assert refused.value.retry_after == pytest.approx(10, abs=1)
