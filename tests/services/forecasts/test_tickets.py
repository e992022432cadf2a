"""Tickets are forecast from the mirror, once it is filled."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

import commands
from commands.forecast_answers import StaffingAnswer
from commands.people import TERMINAL
from services.days import to_day
from services.forecasts.sources import TicketsUnreadError
from storage import bookmarks, forecasts, tickets
from storage.database import Database
from storage.forecasts import NewForecast
from storage.tickets import FILLED_AT, POLLED_AT, MirroredTicket
from tests.wired import Wired, open_wired

NOW = datetime.now(UTC)
BUSY_HOUR, QUIET_HOUR = 9, 15


@pytest.fixture
async def wired(database_url: str) -> AsyncIterator[Wired]:
    async with open_wired(database_url) as wired:
        yield wired


def ticket(number: int, at: datetime) -> MirroredTicket:
    return MirroredTicket(
        id=number,
        gorgias_customer_id=None,
        email=None,
        customer_id=None,
        status="closed",
        is_trashed=False,
        is_spam=False,
        priority="normal",
        channel="email",
        assignee=None,
        subject="",
        tags=[],
        product_id=None,
        created_at=at,
        created_day=to_day(at.date()),
        created_hour=at.hour,
        closed_at=at,
        updated_at=at,
        waiting_since=at,
        messages_count=1,
    )


async def fill(database: Database) -> None:
    """Twenty weeks: every weekday twelve tickets at nine and three at three."""
    made = []
    for back in range(1, 141):
        day = (NOW - timedelta(days=back)).replace(minute=5)
        if day.weekday() < 5:
            hours = [BUSY_HOUR] * 12 + [QUIET_HOUR] * 3
            made += [ticket(1_000 * back + i, day.replace(hour=h)) for i, h in enumerate(hours)]
    async with database.transaction() as connection:
        await tickets.save(connection, made)
        for name in (FILLED_AT, POLLED_AT):
            await bookmarks.save(connection, name, NOW.isoformat())


async def test_before_every_ticket_is_read_nothing_is_forecast(wired: Wired) -> None:
    with pytest.raises(TicketsUnreadError, match="Ask again later"):
        await commands.answer("/forecast tickets 2w", TERMINAL, wired.parts.services)


async def test_tickets_are_forecast_and_divided_by_hour(wired: Wired) -> None:
    await fill(wired.parts.database)
    services = wired.parts.services
    whole = (await commands.answer("/forecast tickets 2w", TERMINAL, services)).to_json()
    assert whole["total"] == pytest.approx(150, rel=0.15)
    answer = await commands.answer("/forecast tickets by hour 2w", TERMINAL, services)
    assert isinstance(answer, StaffingAnswer)
    found = answer.to_json()
    assert len(found["hours"]) == 168
    assert found["tickets_a_week"] == pytest.approx(75, rel=0.15)
    monday = {hour["hour"]: hour for hour in found["hours"][:24]}
    assert monday[BUSY_HOUR]["agents"] > monday[QUIET_HOUR]["agents"] > monday[3]["agents"] == 0
    assert all(hour["agents"] == 0 for hour in found["hours"][5 * 24 :])
    assert "Monday" in answer.to_text()


async def test_a_stricter_promise_needs_more_agents(wired: Wired) -> None:
    await fill(wired.parts.database)
    needs = []
    for typed in ("target=240 work=20", "target=5 work=20"):
        asked = f"/forecast tickets by hour 2w {typed}"
        found = await commands.answer(asked, TERMINAL, wired.parts.services)
        assert isinstance(found, StaffingAnswer)
        needs.append(max(hour["agents"] for hour in found.to_json()["hours"]))
    assert needs[0] < needs[1]


async def test_a_finished_ticket_forecast_is_compared_with_what_came(wired: Wired) -> None:
    await fill(wired.parts.database)
    last = to_day(NOW.date()) - 8
    week = NewForecast(
        asked="tickets 1w",
        metric="tickets",
        product_id=None,
        frequency="D",
        first_day=last - 6,
        last_day=last,
        data_version="before",
        steps=[[day, 10.0, 12.0] for day in range(last - 6, last + 1)],
        total=70.0,
        lo80=60.0,
        hi80=80.0,
        lo95=50.0,
        hi95=90.0,
    )
    async with wired.parts.database.transaction() as connection:
        await forecasts.save(connection, week)
    (outcome,) = (await wired.parts.services.forecasts.accuracy()).outcomes
    assert outcome.actual == 75
    assert outcome.is_inside80
