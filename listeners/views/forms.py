"""The forms: a new ticket, and looking a customer up."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from listeners.views.parts import Block, View, button, context, escape, plain, section
from services.customer_search import Choice
from services.tickets.subjects import LONGEST

NEW_TICKET = "new_ticket"
LOOK_UP = "look_up_customer"
LOOK_UP_IN_MESSAGE = "look_up_customer_in_message"
"""Callback ids of the shortcuts; `manifest.yml` names the same."""

NEW_TICKET_FORM = "new_ticket_form"
LOOK_UP_FORM = "look_up_customer_form"
CHOOSE_IN_FORM = "form_choose_customer"
SUBJECT, CUSTOMER, PRIORITY, MESSAGE, TAGS = "subject", "customer", "priority", "message", "tags"
INPUT = "value"
"""Every input block holds one element of this action id."""

LONGEST_MESSAGE = 3_000
LONGEST_TAGS = 300
PRIORITIES = ("normal", "low", "high", "critical")
OUT_OF_DATE = "This form is out of date, so nothing was saved. Close it and open it again."
VERSION = 1


@dataclass(frozen=True, slots=True)
class NewTicketForm:
    """What the form of a new ticket must remember."""

    version: int = VERSION

    def to_metadata(self) -> str:
        return json.dumps(asdict(self))


def read_new_ticket(metadata: str) -> NewTicketForm | None:
    """Read back what the form remembered; None for a form of another version."""
    try:
        kept = json.loads(metadata)
        return NewTicketForm() if kept["version"] == VERSION else None
    except (ValueError, KeyError, TypeError):
        return None


def new_ticket_form(customer: str = "") -> Block:
    """Ask for everything a ticket needs; the customer may be known already."""
    known = {"initial_value": customer} if customer else {}
    options = [{"text": plain(name.capitalize()), "value": name} for name in PRIORITIES]
    return {
        **_modal("New ticket", []),
        "callback_id": NEW_TICKET_FORM,
        "private_metadata": NewTicketForm().to_metadata(),
        "submit": plain("Create ticket"),
        "close": plain("Cancel"),
        "blocks": [
            form_input(SUBJECT, "Subject", _text(LONGEST)),
            form_input(
                CUSTOMER,
                "Customer",
                {**_text(300), **known},
                hint="An e-mail, phone, order number, customer id or name. May stay empty.",
                optional=True,
            ),
            form_input(
                PRIORITY,
                "Priority",
                {
                    "type": "static_select",
                    "options": options,
                    "initial_option": options[0],
                },
            ),
            form_input(
                MESSAGE,
                "First message",
                {**_text(LONGEST_MESSAGE), "multiline": True},
                hint="An internal note. Nothing is sent to the customer.",
            ),
            form_input(
                TAGS,
                "Tags",
                _text(LONGEST_TAGS),
                hint="Separated by commas. May stay empty.",
                optional=True,
            ),
        ],
    }


def look_up_form(note: str | None = None) -> Block:
    """Ask who it is."""
    asked = form_input(
        CUSTOMER,
        "Who is it?",
        _text(300),
        hint="An e-mail, phone, order number, customer id or name.",
    )
    return {
        **_modal("Look up customer", []),
        "callback_id": LOOK_UP_FORM,
        "submit": plain("Look up"),
        "blocks": [section(escape(note)), asked] if note else [asked],
    }


def customer_view(card: View) -> Block:
    """Show a customer in a form, where there is no channel to share with."""
    _, blocks = card
    return _modal("Customer", [block for block in blocks if block["type"] != "actions"])


def choices_view(found: Sequence[Choice]) -> Block:
    """Ask which one is meant; nobody is chosen silently."""
    blocks = [section(f"*{len(found)} customers fit. Which one is it?*")]
    blocks += [
        section(
            escape(choice.label),
            accessory=button(
                "Show customer",
                CHOOSE_IN_FORM,
                value=str(choice.customer_id),
                label=f"Show customer {choice.who}"[:75],
            ),
        )
        for choice in found
    ]
    blocks.append(context("None of these? Close this and look up an order number or an e-mail."))
    return _modal("Look up customer", blocks)


def waiting_view() -> Block:
    """Open at once; the content follows."""
    return _modal("Customer", [section("Looking …")])


def notice_view(title: str, sentence: str) -> Block:
    """Say one sentence in a form."""
    return _modal(title, [section(escape(sentence, 1_500))])


def _modal(title: str, blocks: list[Block]) -> Block:
    return {"type": "modal", "title": plain(title, 24), "close": plain("Close"), "blocks": blocks}


def form_input(
    block_id: str,
    label: str,
    element: Block,
    *,
    hint: str | None = None,
    optional: bool = False,
) -> Block:
    """Put one element under its label; `INPUT` is how its value is found again."""
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": {**element, "action_id": INPUT},
        "optional": optional,
    }
    return {**block, "hint": plain(hint, 150)} if hint else block


def _text(longest: int) -> Block:
    return {"type": "plain_text_input", "max_length": longest}
