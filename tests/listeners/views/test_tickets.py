"""The ticket card in every state. Each snapshot can be pasted into Slack's Block Kit Builder.

Set UPDATE_SNAPSHOTS=1 to write them anew after a change that was meant.
"""

import copy
import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from bot.playground.slack.blocks import MOST_IN_MESSAGE, block_problems
from listeners.views import tickets as view
from services import cards
from services.cards import AgentMessage, CustomerChoice, TicketCard, TicketState

SNAPSHOTS = Path(__file__).with_name("snapshots")
AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
EVIL = "<!channel> <!here> <!everyone> <!subteam^S0|x> <@U0EVE> <#C0|x> <https://evil.test|bank>"
FORBIDDEN = ("<!channel", "<!here", "<!everyone", "<!subteam", "<@U0EVE", "<#C0|", "<https://e")

SAVED = TicketCard(
    key="slack:T0:C0SUPPORT:1700000000.000100",
    link_id=12,
    channel="C0SUPPORT",
    root_ts="1700000000.000100",
    card_channel="C0SUPPORT",
    card_thread_ts="1700000000.000100",
    reference="Q-12",
    state=TicketState.WANTED,
    waiting=True,
    ticket_id=None,
    ticket_url=None,
    subject="Mug arrived broken",
    priority="normal",
    assignee=None,
    reported_by=("U0OLIVIA",),
    customer=None,
    last_order=None,
    choices=(),
    changed_by=None,
    changed_at=None,
    deleted_at=None,
    problem=None,
)
OPEN = replace(
    SAVED,
    state=TicketState.OPEN,
    waiting=False,
    ticket_id=512,
    ticket_url="https://acme.gorgias.com/app/ticket/512",
    customer="Anna S. · a•••@example.com",
    last_order="581180 · 18 Nov 2026 · £224.82",
    assignee="Olivia",
)
RESOLVED = replace(OPEN, state=TicketState.RESOLVED, changed_by="U0BEN", changed_at=AT)
CHOICES = tuple(CustomerChoice(n, f"Anna S. · a•••@example{n}.com") for n in range(1, 6))

CARDS: dict[str, TicketCard] = {
    "ticket_saved": SAVED,
    "ticket_offered": replace(SAVED, state=TicketState.OFFERED, waiting=False),
    "ticket_refused": replace(
        SAVED,
        state=TicketState.REFUSED,
        waiting=False,
        problem="Gorgias refused this with HTTP 403.",
    ),
    "ticket_withdrawn_early": replace(SAVED, state=TicketState.WITHDRAWN, waiting=False),
    "ticket_open": OPEN,
    "ticket_open_unknown": replace(
        OPEN, customer=None, last_order=None, assignee=None, reported_by=()
    ),
    "ticket_open_choice": replace(OPEN, customer=None, last_order=None, choices=CHOICES),
    "ticket_open_waiting": replace(OPEN, waiting=True),
    "ticket_open_problem": replace(OPEN, problem="Gorgias refused this with HTTP 422."),
    "ticket_reopened": replace(OPEN, changed_by="U0BEN", changed_at=AT),
    "ticket_resolved": RESOLVED,
    "ticket_resolved_in_gorgias": replace(RESOLVED, changed_by=cards.IN_GORGIAS),
    "ticket_resolved_critical": replace(RESOLVED, priority="critical"),
    "ticket_withdrawn": replace(RESOLVED, state=TicketState.WITHDRAWN),
    "ticket_deleted_in_slack": replace(OPEN, deleted_at=AT, subject="Message deleted in Slack"),
    "ticket_of_many": replace(OPEN, reported_by=tuple(f"U{n:03}" for n in range(14))),
}


def drawn(card: TicketCard) -> dict[str, Any]:
    text, blocks = view.ticket_card(card)
    return {"text": text, "blocks": blocks}


def pressable(content: object) -> set[str]:
    """Collect the names of what can be pressed or chosen."""
    return set(re.findall(r'"action_id": "(\w+)"', json.dumps(content)))


def marked_up(part: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Find the texts in which Slack looks for markup."""
    if isinstance(part, dict) and part.get("type") == "mrkdwn":
        yield part["text"]
    elif isinstance(part, dict | list):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from marked_up(inner)


def check(content: dict[str, Any]) -> None:
    """Hold a message to Slack's limits, by the SDK's models and by the emulator's rules."""
    assert content["text"].strip()
    assert block_problems(copy.deepcopy(content["blocks"]), MOST_IN_MESSAGE) == []
    for block in content["blocks"]:
        parsed = Block.parse(block)
        assert parsed is not None
        parsed.validate_json()


@pytest.mark.parametrize("name", CARDS)
def test_card_is_as_it_was_looked_at(name: str) -> None:
    path = SNAPSHOTS / f"{name}.json"
    if os.environ.get("UPDATE_SNAPSHOTS") == "1":
        path.write_text(
            json.dumps(drawn(CARDS[name]), ensure_ascii=False, indent=2) + "\n", "utf-8"
        )
    assert drawn(CARDS[name]) == json.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("name", CARDS)
def test_card_keeps_to_the_limits_of_slack(name: str) -> None:
    check(drawn(CARDS[name]))


@pytest.mark.parametrize("name", CARDS)
def test_words_of_others_ping_nobody_and_disguise_no_link(name: str) -> None:
    card = CARDS[name]
    evil = replace(
        card,
        subject=EVIL,
        priority=EVIL,
        assignee=card.assignee and EVIL,
        customer=card.customer and EVIL,
        last_order=card.last_order and EVIL,
        problem=card.problem and EVIL,
    )
    content = drawn(evil)
    check(content)
    written = json.dumps(content, ensure_ascii=False)
    for forbidden in FORBIDDEN:
        assert forbidden not in written


LONG = st.text(max_size=600) | st.sampled_from(
    ["<" * 255, "&" * 3000, "👩‍👩‍👧" * 80, EVIL * 20, "*|>`"]
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(list(CARDS)), LONG, LONG)
def test_card_of_any_words_is_one_that_slack_takes(name: str, words: str, more: str) -> None:
    card = replace(
        CARDS[name],
        subject=words,
        assignee=more or None,
        customer=words or None,
        last_order=more or None,
        problem=words or None,
        choices=tuple(CustomerChoice(n, words or "x") for n in range(5)),
    )
    content = drawn(card)
    check(content)
    tokens = re.findall(r"<([^<>]*)>", "\n".join([content["text"], *marked_up(content["blocks"])]))
    assert all(
        re.match(r"@U|#C0SUPPORT$|!date\^|https://acme\.gorgias\.com/", token) for token in tokens
    )


ANSWER = AgentMessage(
    key="gorgias:512:9001",
    channel="C0SUPPORT",
    thread_ts="1700000000.000100",
    author="Olivia Hart",
    is_note=False,
    text="Hi Anna,\n\na new mug is on its way.",
    files=0,
    ticket_id=512,
    ticket_url="https://acme.gorgias.com/app/ticket/512",
)


@settings(max_examples=150, deadline=None)
@given(LONG, LONG, st.sampled_from([ANSWER, replace(ANSWER, is_note=True, files=3)]))
def test_agents_words_of_any_kind_are_a_message_that_slack_takes(
    author: str, words: str, message: AgentMessage
) -> None:
    message = replace(message, author=author or "x", text=words)
    text, blocks = view.agent_message(message, with_words=True)
    check({"text": text, "blocks": blocks})
    tokens = re.findall(r"<([^<>]*)>", "\n".join([text, *marked_up(blocks)]))
    assert all(token.startswith("https://acme.gorgias.com/") for token in tokens)


def test_note_of_an_agent_is_told_from_an_answer() -> None:
    text, _ = view.agent_message(replace(ANSWER, is_note=True, files=2), with_words=True)
    assert text.startswith("Olivia Hart wrote an internal note, with 2 files: Hi Anna")


def test_where_others_read_along_an_agents_words_are_left_out() -> None:
    text, blocks = view.agent_message(ANSWER, with_words=False)
    assert "mug" not in json.dumps([text, blocks])
    assert "Olivia Hart answered the customer in Gorgias" in json.dumps(blocks)


def test_question_in_a_triage_channel_carries_its_message() -> None:
    text, blocks = view.triage_offer("1700000000.000100")
    check({"text": text, "blocks": blocks})
    assert '"value": "1700000000.000100"' in json.dumps(blocks)


def test_open_ticket_can_be_assigned_prioritised_resolved_and_undone() -> None:
    changing = {cards.ASSIGN_TO_ME, cards.ASSIGN_TO, cards.SET_PRIORITY}
    ending = {cards.RESOLVE_TICKET, cards.UNDO_TICKET}
    assert pressable(drawn(OPEN)) == {*changing, *ending, view.OPEN_TICKET}


def test_resolved_ticket_can_only_be_opened_again() -> None:
    assert pressable(drawn(RESOLVED)) == {cards.REOPEN_TICKET, view.OPEN_TICKET}


def test_buttons_carry_the_names_that_jobs_listen_for() -> None:
    offer = pressable(view.triage_offer("1700000000.000100"))
    names = offer.union(*(pressable(drawn(card)) for card in CARDS.values()))
    no_jobs = {view.ADD_CUSTOMER, view.OPEN_TICKET}  # a form, which sends the press; a link
    assert names - no_jobs == set(cards.PRESSES) - {cards.NAME_CUSTOMER}


def test_form_remembers_the_card_it_was_opened_from() -> None:
    modal = view.name_customer_modal("C0SUPPORT", "1700000000.000100")
    kept = view.read_name_customer(modal["private_metadata"])
    assert kept == ("C0SUPPORT", "1700000000.000100")


@pytest.mark.parametrize("metadata", ["", "C0SUPPORT", ":1700", "C0SUPPORT:"])
def test_form_of_another_version_is_out_of_date(metadata: str) -> None:
    assert view.read_name_customer(metadata) is None
