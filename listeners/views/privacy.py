"""What is kept of customers, and the two forms by which an admin erases one."""

import json
from dataclasses import asdict, dataclass

from commands.regulars import PrivacyNotice
from listeners.views.forms import form_input
from listeners.views.parts import Block, View, actions, button, context, escape, plain, section
from services.customer_search import Choice
from services.privacy import ELSEWHERE, ERASE, EXPORT, KEPT

OPEN_ERASE = "privacy_erase"
WHO_FORM = "privacy_who_form"
SURE_FORM = "privacy_sure_form"
WHO = "who"
TITLE = "Erase a customer"
LONGEST_WHO = 300
OUT_OF_DATE = "This form is out of date, so nothing was erased. Type /regulars privacy again."
VERSION = 1


@dataclass(frozen=True, slots=True)
class SureForm:
    """Whom the second form is about."""

    customer_id: int
    version: int = VERSION

    def to_metadata(self) -> str:
        return json.dumps(asdict(self))


def read_sure(metadata: str) -> SureForm | None:
    """Read back whom the form was about; None for a form of another version."""
    try:
        kept = json.loads(metadata)
        return SureForm(int(kept["customer_id"])) if kept["version"] == VERSION else None
    except (ValueError, KeyError, TypeError):
        return None


def notice_card(_answer: PrivacyNotice) -> View:
    """Say what is kept, how to hand it out, and offer to erase somebody."""
    kept = "\n".join(f"• {escape(line, 500)}" for line in KEPT)
    return "What is kept of customers, and for how long", [
        section(f"*What is kept of customers, and for how long*\n{kept}"),
        section(f"*To hand it out*\n{escape(EXPORT, 500)}"),
        section(f"*To erase it*\n{escape(ERASE, 500)}"),
        context(escape(ELSEWHERE, 500)),
        actions(button("Erase a customer…", OPEN_ERASE)),
    ]


def who_form() -> Block:
    """Ask whom to erase; nothing happens yet."""
    asked = form_input(
        WHO,
        "Who asks to be erased?",
        {"type": "plain_text_input", "max_length": LONGEST_WHO},
        hint="An e-mail, phone, order number, customer id or name. The next step asks again.",
    )
    return _form(WHO_FORM, "Next", [asked])


def sure_form(who: Choice) -> Block:
    """Name the consequence before it is done."""
    blocks = [
        section(f"*{escape(who.label)}*"),
        section(
            "Name, addresses, scores, mirrored tickets and every campaign list of this customer "
            "are deleted. The orders stay as a guest's, so the shop's figures do not move, and no "
            "import brings the customer back. *This cannot be undone.*"
        ),
        context(escape(ELSEWHERE, 500)),
    ]
    metadata = SureForm(who.customer_id).to_metadata()
    return {**_form(SURE_FORM, "Erase for good", blocks), "private_metadata": metadata}


def _form(callback: str, submit: str, blocks: list[Block]) -> Block:
    return {
        "type": "modal",
        "callback_id": callback,
        "title": plain(TITLE, 24),
        "submit": plain(submit, 24),
        "close": plain("Cancel", 24),
        "blocks": blocks,
    }
