"""What stands in Slack, read as one wish; and whether a ticket is still only ours."""

from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from services.emoji import CLAIM, RESOLVE, TICKET
from services.gorgias_tickets import Ticket, TicketMessage
from services.tickets.sync import untouched
from services.tickets.wishes import wish_of
from storage.database import Database
from storage.links import Link, want
from storage.reactions import Reaction
from tests.services.tickets.threads import CHANNEL, ROOT


def reaction(actor: str, at: int, *, present: bool = True, act: str = TICKET) -> Reaction:
    return Reaction(CHANNEL, ROOT, act, act, actor, present, f"170000000{at}.000000", ROOT)


def ts(at: int) -> str:
    return f"170000000{at}.000000"


# --- the wish ----------------------------------------------------------------------------------


def test_nothing_put_is_no_wish() -> None:
    wish = wish_of([], {})
    assert (wish.ticket, wish.checks, wish.reporters) == (False, 0, ())


def test_one_ticket_is_wanted_as_long_as_anybody_wants_it() -> None:
    wish = wish_of([reaction("A", 1, present=False), reaction("B", 2)], {})
    assert (wish.ticket, wish.reporters) == (True, ("B",))


def test_reporters_stand_in_order_and_once() -> None:
    again = Reaction(CHANNEL, ROOT, TICKET, "admission_tickets", "A", True, ts(3), ROOT)
    assert wish_of([reaction("A", 1), reaction("B", 2), again], {}).reporters == ("A", "B")


def test_last_to_take_it_back_withdrew_it() -> None:
    gone = [reaction("A", 4, present=False), reaction("B", 2, present=False)]
    wish = wish_of(gone, {})
    assert (wish.ticket, wish.withdrawn_by, wish.withdrawn_ts) == (False, "A", ts(4))


def test_undo_outweighs_what_was_put_before_it() -> None:
    wish = wish_of([reaction("A", 1)], {"undone_ts": ts(2), "undone_by": "B"})
    assert (wish.ticket, wish.withdrawn_by, wish.withdrawn_ts) == (False, "B", ts(2))


def test_reaction_put_after_an_undo_wants_the_ticket_again() -> None:
    wish = wish_of([reaction("A", 1), reaction("C", 3)], {"undone_ts": ts(2), "undone_by": "B"})
    assert (wish.ticket, wish.reporters) == (True, ("C",))


def test_withdrawal_after_an_undo_is_told_to_who_withdrew_last() -> None:
    gone = [reaction("A", 1), reaction("C", 4, present=False)]
    wish = wish_of(gone, {"undone_ts": ts(2), "undone_by": "B"})
    assert (wish.ticket, wish.withdrawn_by, wish.withdrawn_ts) == (False, "C", ts(4))


def test_undo_after_a_withdrawal_was_the_last_word() -> None:
    gone = [reaction("C", 1, present=False)]
    wish = wish_of(gone, {"undone_ts": ts(2), "undone_by": "B"})
    assert (wish.withdrawn_by, wish.withdrawn_ts) == ("B", ts(2))


def test_shortcut_asks_for_a_ticket_until_it_is_undone() -> None:
    asked = {"asked": {"by": "A", "ts": ts(1)}}
    assert wish_of([], asked).reporters == ("A",)
    assert not wish_of([], {**asked, "undone_ts": ts(2), "undone_by": "A"}).ticket


def test_two_checks_of_one_person_are_one() -> None:
    second = Reaction(CHANNEL, ROOT, RESOLVE, "check", "A", True, ts(2), ROOT)
    wish = wish_of([reaction("A", 1, act=RESOLVE), second], {})
    assert (wish.checks, wish.checked_by) == (1, "A")


def test_last_check_and_last_unchecking_name_their_persons() -> None:
    standing = [
        reaction("A", 1, act=RESOLVE),
        reaction("B", 2, act=RESOLVE),
        reaction("C", 3, act=RESOLVE, present=False),
    ]
    wish = wish_of(standing, {})
    assert (wish.checks, wish.checked_by, wish.unchecked_by) == (2, "B", "C")


def test_last_claim_that_stands_wins() -> None:
    claims = [
        reaction("A", 1, act=CLAIM),
        reaction("B", 2, act=CLAIM),
        reaction("C", 3, act=CLAIM, present=False),
    ]
    assert wish_of(claims, {}).claimed_by == "B"


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_who_withdrew_does_not_depend_on_the_order_of_rows(order: tuple[int, ...]) -> None:
    gone = [reaction("ABC"[n], n + 1, present=False) for n in range(3)]
    assert wish_of([gone[n] for n in order], {}).withdrawn_by == "C"


# --- untouched ---------------------------------------------------------------------------------


def ticket(**changes: Any) -> Ticket:  # noqa: ANN401 - fields
    fields: dict[str, Any] = {
        "id": 7,
        "external_id": "slack:T0:C:1",
        "status": "open",
        "priority": "normal",
        "customer_id": None,
        "assignee": None,
        "has_assignee": False,
        "tags": ("slack", "vip"),
        "trashed": False,
        "created_at": datetime.now(UTC),
        "closed_at": None,
        "updated_at": None,
        "messages": (TicketMessage(1, "slack:T0:C:1:first", True, "internal-note"),),
    }
    return Ticket(**{**fields, **changes})


@pytest.fixture
async def link(database: Database) -> Link:
    async with database.transaction() as connection:
        made = await want(connection, team="T0", channel=CHANNEL, root_ts=ROOT, subject="Mug")
    made.ours.update({"status": "open", "tags": ["vip", "slack"]})
    return made


async def test_ticket_as_we_left_it_is_untouched(link: Link) -> None:
    assert untouched(ticket(), link)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "closed"},
        {"has_assignee": True},
        {"tags": ("slack", "vip", "refund")},
        {"tags": ("slack",)},
        {"messages": (TicketMessage(2, None, True, "email"),)},
        {"messages": (TicketMessage(2, None, False, "email"),)},
        {"messages": (TicketMessage(2, "crm:1", True, "internal-note"),)},
    ],
    ids=["status", "assignee", "tag", "tag removed", "agent", "customer", "other app"],
)
async def test_anything_but_our_own_doing_touches_it(link: Link, changes: dict[str, Any]) -> None:
    assert not untouched(ticket(**changes), link)


async def test_our_own_later_note_does_not_touch_it(link: Link) -> None:
    messages = (*ticket().messages, TicketMessage(2, "slack:T0:C:1:2", True, "internal-note"))
    assert untouched(ticket(messages=messages), link)
