"""What the mirror keeps of a ticket, read from the shape in which Gorgias lists it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.days import to_day
from services.gorgias_tickets import read_ticket, read_time
from services.tickets.subjects import shorten
from storage.tickets import MirroredTicket, Purchase, Satisfaction

Json = Mapping[str, Any]

LONGEST = 255
SHORTEST_NAME = 3
_WORDS = re.compile(r"\w+")


def changed_at(item: Json) -> datetime:
    """When the ticket was last changed; a ticket that does not say was changed at its creation."""
    said = read_time(item.get("updated_datetime")) or read_time(item.get("created_datetime"))
    return said or datetime.now(UTC)


def email_of(item: Json) -> str | None:
    said = str((item.get("customer") or {}).get("email") or "").strip().lower()
    return said if "@" in said and len(said) <= 320 else None  # noqa: PLR2004 - RFC 5321


def mirrored(
    item: Json, zone: ZoneInfo, customer_id: int | None, purchases: Sequence[Purchase]
) -> MirroredTicket:
    """Read the facts; of what was written only the subject stays."""
    ticket = read_ticket(item)
    updated_at = changed_at(item)
    created_at = ticket.created_at or updated_at
    local = created_at.astimezone(zone)
    return MirroredTicket(
        id=ticket.id,
        gorgias_customer_id=ticket.customer_id,
        email=email_of(item),
        customer_id=customer_id,
        status=ticket.status[:16],
        is_trashed=ticket.trashed,
        is_spam=bool(item.get("spam")),
        priority=(ticket.priority or "normal")[:16],
        channel=str(item.get("channel") or "")[:64],
        assignee=ticket.assignee and ticket.assignee[:LONGEST],
        subject=shorten(str(item.get("subject") or ""), LONGEST),
        tags=[tag[:LONGEST] for tag in ticket.tags],
        product_id=named_product(_words_of(item), purchases),
        created_at=created_at,
        created_day=to_day(local.date()),
        created_hour=local.hour,
        closed_at=ticket.closed_at,
        updated_at=updated_at,
        messages_count=int(item.get("messages_count") or len(ticket.messages)),
        waiting_since=read_time(item.get("last_received_message_datetime")) or created_at,
    )


def answered(item: Json) -> tuple[int, Satisfaction] | None:
    """Read a survey that the customer answered: its ticket, score and time."""
    ticket_id, score = item.get("ticket_id"), item.get("score")
    at = read_time(item.get("scored_datetime")) or read_time(item.get("created_datetime"))
    if not isinstance(ticket_id, int) or not isinstance(score, int) or at is None:
        return None
    return (ticket_id, Satisfaction(score, at)) if 1 <= score <= 5 else None  # noqa: PLR2004


def named_product(text: str, purchases: Sequence[Purchase]) -> int | None:
    """Tell which of the products a customer ordered a text names; None: none, or several.

    A product is named by its SKU or its whole title as words in a row, or by the number of an
    order that has only this product in it. The longest name counts, so that "Red mug large" is not
    also "Red mug".
    """
    said = _spaced(text)
    named = [(len(name), each.product_id) for each in purchases for name in _names_in(each, said)]
    if named:
        longest = max(length for length, _ in named)
        return _only(product for length, product in named if length == longest)
    words = set(said.split())
    return _only(each.product_id for each in purchases if each.number and each.number in words)


def _names_in(purchase: Purchase, said: str) -> list[str]:
    names = (_spaced(purchase.title), _spaced(purchase.sku))
    return [name for name in names if len(name.strip()) >= SHORTEST_NAME and name in said]


def _only(products: Iterable[int]) -> int | None:
    distinct = set(products)
    return distinct.pop() if len(distinct) == 1 else None


def _spaced(text: str) -> str:
    """` red mug `: words in lower case with one space around each."""
    return f" {' '.join(_WORDS.findall(text.lower()))} "


def _words_of(item: Json) -> str:
    return f"{item.get('subject') or ''} {item.get('excerpt') or ''}"
