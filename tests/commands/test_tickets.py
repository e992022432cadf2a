import pytest

import commands
from commands.people import Caller
from commands.tickets import TicketList, TicketsRequest
from services.errors import NotAllowedError, NotFoundError, WrongInputError
from services.work_list import Which
from storage import links
from storage.jobs import NewJob
from tests.wired import BEN, Wired

MEMBER = Caller(user_id=BEN, name="Ben", is_admin=False, is_agent=True)
GUEST = Caller(user_id="U0GUS", name="Gus", is_admin=False, is_agent=False)


@pytest.mark.parametrize(
    ("typed", "request_"),
    [
        ("", TicketsRequest("help")),
        ("  \u200b ", TicketsRequest("help")),
        ("help", TicketsRequest("help")),
        ("MINE", TicketsRequest("mine")),
        ("queue", TicketsRequest("queue")),
        ("10", TicketsRequest("number", 10)),
        (" 10\u00a0", TicketsRequest("number", 10)),
        ("#77", TicketsRequest("number", 77)),
        ("007", TicketsRequest("number", 7)),
    ],
)
def test_typed_words_are_understood(typed: str, request_: TicketsRequest) -> None:
    assert commands.parse(f"/tickets {typed}") == request_


@pytest.mark.parametrize(
    "typed", ["1_0", "0x10", "\u0661\u0660", "\uff11\uff10", "1e3", "-0", "+7", "1e400", "7.0"]
)
def test_only_plain_decimal_digits_are_a_number(typed: str) -> None:
    with pytest.raises(WrongInputError, match="plain digits"):
        commands.parse(f"/tickets {typed}")


@pytest.mark.parametrize("typed", ["0", "9" * 13, "9223372036854775808", "9" * 2_999])
def test_number_out_of_range_names_the_range(typed: str) -> None:
    with pytest.raises(WrongInputError, match="must be between 1 and 999,999,999,999"):
        commands.parse(f"/tickets {typed}")


@pytest.mark.parametrize(
    ("typed", "suggestion"),
    [
        ("opne", "Did you mean /tickets open?"),
        ("que", "Did you mean /tickets queue?"),
        ("NaN", "Known: mine, open, urgent, queue."),
        ("Infinity", "Known: mine, open, urgent, queue."),
    ],
)
def test_unknown_subcommand_does_nothing_and_suggests(typed: str, suggestion: str) -> None:
    with pytest.raises(WrongInputError) as refused:
        commands.parse(f"/tickets {typed}")
    assert "so nothing was done" in refused.value.sentence
    assert refused.value.sentence.endswith(suggestion)


@pytest.mark.parametrize("typed", ["", "mine", "open", "queue", "77"])
async def test_who_is_no_agent_sees_no_tickets(wired: Wired, typed: str) -> None:
    with pytest.raises(NotAllowedError):
        await commands.answer(f"/tickets {typed}", GUEST, wired.parts.services)


async def test_empty_list_of_open_tickets_says_which_it_lists(wired: Wired) -> None:
    result = await commands.answer("/tickets open", MEMBER, wired.parts.services)
    assert "No open tickets made from Slack; /tickets urgent" in result.to_text()


@pytest.mark.parametrize("typed", ["mine", "open", "urgent", "queue"])
async def test_empty_lists_teach(wired: Wired, typed: str) -> None:
    result = await commands.answer(f"/tickets {typed}", MEMBER, wired.parts.services)
    assert result.to_text().endswith(
        ("React 🎫 on any message to create one.", "🎫 on any message to create one.", "there.")
    )


async def _open_tickets(wired: Wired, count: int) -> None:
    async with wired.parts.database.transaction() as connection:
        for number in range(1, count + 1):
            link = await links.want(
                connection, team="T0", channel="C0", root_ts=f"{number}.0", subject=f"No. {number}"
            )
            await links.save(connection, link.id, state="open", ticket_id=number, reported_by=[BEN])


async def test_long_list_is_paged_and_says_how_many_are_left(wired: Wired) -> None:
    await _open_tickets(wired, 23)
    services = wired.parts.services
    first = await commands.answer("/tickets mine", MEMBER, services)
    assert first.to_text().startswith("23 tickets of yours\nTicket 23 · No. 23")
    assert first.to_text().endswith("and 13 more")
    last = await commands.run(TicketsRequest("mine", offset=20), MEMBER, services)
    assert "more" not in last.to_text()
    assert isinstance(last, TicketList)
    assert len(last.to_json()["tickets"]) == 3


async def test_number_shows_the_card_and_an_unknown_one_the_way_to_gorgias(wired: Wired) -> None:
    await _open_tickets(wired, 1)
    result = await commands.answer("/tickets 1", MEMBER, wired.parts.services)
    assert result.to_text().startswith("Ticket 1  No. 1\nStatus    open")
    with pytest.raises(NotFoundError, match=r"Ticket 4711 was not made from Slack.*/4711"):
        await commands.answer("/tickets 4711", MEMBER, wired.parts.services)


async def test_queue_shows_position_reason_and_next_attempt_and_what_was_given_up(
    wired: Wired,
) -> None:
    await _open_tickets(wired, 1)
    ledger = wired.parts.ledger
    async with wired.parts.database.transaction() as connection:
        for name in ("first", "second"):
            await ledger.enqueue(connection, NewJob("ticket.sync", name, {"link_id": 1}))
    [job, other] = await ledger.claim("test", 2)
    await ledger.postpone(job, 30_000, "Gorgias is not answering.", failed=True)
    await ledger.bury(other, "Gorgias refused this with HTTP 400.")
    result = await commands.answer("/tickets queue", MEMBER, wired.parts.services)
    lines = result.to_text().splitlines()
    assert lines[0].startswith("1 change waits for Gorgias")
    assert lines[1].startswith(
        "1. Create or update the ticket: No. 1 · Gorgias is not answering. · next try in "
    )
    assert lines[2].startswith("1 change was given up")
    assert lines[3].endswith("No. 1 · Gorgias refused this with HTTP 400.")


async def test_urgent_ranks_by_priority(wired: Wired) -> None:
    await _open_tickets(wired, 3)
    async with wired.parts.database.transaction() as connection:
        await links.save(connection, 2, priority="critical")
    page = await wired.parts.services.work_lists.page(Which.URGENT, BEN)
    assert [item.ticket_id for item in page.items] == [2, 1, 3]
