"""Finding customers: from exact identifiers to names, and what was probably meant."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from services.days import spoken
from services.errors import ExpectedError, NotFoundError
from services.evidence import Evidence, find_evidence
from services.masking import EMAIL, mask_email, mask_name
from services.phones import phone_e164
from storage import customers, orders
from storage.customers import Customer
from storage.database import Connection
from storage.names import name_key, name_words

MOST_CANDIDATES = 50
_COMPARED = 200
_CLOSEST = 3
_SHORTEST_PHONE = 7
_LONGEST_ID = 18  # digits; a 64-bit number holds any such


@dataclass(frozen=True, slots=True)
class Match:
    """A customer a text is about, and what says so."""

    customer_id: int
    evidence: str
    """email, phone, order, customer or number."""


@dataclass(frozen=True, slots=True)
class Found:
    ids: list[int]
    is_complete: bool = True
    """Whether there are no more than these."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several customers, told apart without revealing them."""

    customer_id: int
    who: str
    orders: int
    last_order: date | None

    @property
    def label(self) -> str:
        """`Anna S. · a•••@example.com · 3 orders, last 12 Oct 2026`."""
        count = f"{self.orders:,} order{'' if self.orders == 1 else 's'}"
        last = f", last {spoken(self.last_order)}" if self.last_order else ""
        return f"{self.who} · {count}{last}"


class CustomerNotFoundError(NotFoundError):
    """Nobody fits; `closest` are masked."""

    code = "customer_not_found"

    def __init__(self, sentence: str, closest: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.closest = tuple(closest)


class AmbiguousCustomerError(ExpectedError):
    """Several fit; nobody is chosen silently."""

    status = 409
    code = "customer_ambiguous"

    def __init__(
        self,
        text: str,
        choices: Sequence[Choice],
        count: int,
        *,
        is_complete: bool,
    ) -> None:
        shown = f"{count:,}" if is_complete else f"More than {count:,}"
        listed = "; ".join(choice.label for choice in choices)
        lead = "" if count == len(choices) and is_complete else "the most recent: "
        super().__init__(
            f'{shown} customers match "{text[:80]}" ({lead}{listed}). '
            "Ask again with an e-mail, a phone number or an order number.",
        )
        self.asked = text
        self.choices = tuple(choices)
        self.count = count
        self.is_complete = is_complete


async def search(connection: Connection, text: str, country: str) -> Found:
    """Find by what the text looks like; an identifier is never taken for a name."""
    text = text.strip()
    identified = await by_identifier(connection, text, country)
    if identified is not None:
        return Found(identified)
    return await _by_name(connection, text) or Found(await by_words(connection, text, country))


async def by_identifier(connection: Connection, text: str, country: str) -> list[int] | None:
    """Find by e-mail, order number, customer id or phone; None: may be a name."""
    if EMAIL.fullmatch(text):
        return await _by(connection, "email", text.lower())
    if text.startswith("#"):
        return await _by_order(connection, text.lstrip("# "))
    if "@" in text:
        return []
    return (
        (await _by_code(connection, text)) or (await _by_phone(connection, text, country)) or None
    )


async def by_words(connection: Connection, text: str, country: str) -> list[int]:
    """Find by evidence within a text, such as a sentence with an order number."""
    evidence = find_evidence(text, country)
    return list(dict.fromkeys(m.customer_id for m in await matches(connection, evidence)))


async def _by(connection: Connection, field: str, value: str) -> list[int]:
    return (await customers.ids_by(connection, field, [value])).get(value, [])


async def _by_order(connection: Connection, number: str) -> list[int]:
    spellings = list(dict.fromkeys((number, number.upper())))
    whose = await orders.customers_by_number(connection, spellings)
    ids = list(dict.fromkeys(customer_id for customer_id in whose.values() if customer_id))
    if whose and not ids:
        raise CustomerNotFoundError(f"Order #{number[:40]} was placed by a guest, without account.")
    return ids


async def _by_code(connection: Connection, text: str) -> list[int]:
    """Try order numbers and the shop's customer ids; our own ids when it is neither."""
    if not any(character.isdigit() for character in text) or " " in text:
        return []
    ids = await _by(connection, "source_id", text)
    ids += [found for found in await _by_order_or_nobody(connection, text) if found not in ids]
    if not ids and _is_own_id(text):
        customer = await customers.find(connection, int(text))
        return [customer.id] if customer else []
    return ids


async def by_id(connection: Connection, text: str) -> Customer | None:
    """Find by the shop's own customer id, else by ours."""
    found = await customers.find_by_source(connection, text)
    ours = own_id(text)
    return await customers.find(connection, ours) if found is None and ours else found


def own_id(text: str) -> int | None:
    """Read what can be one of our own ids."""
    return int(text) if _is_own_id(text) else None


async def _by_order_or_nobody(connection: Connection, number: str) -> list[int]:
    try:
        return await _by_order(connection, number)
    except CustomerNotFoundError:
        return []


async def _by_phone(connection: Connection, text: str, country: str) -> list[int]:
    if sum(character.isdigit() for character in text) < _SHORTEST_PHONE:
        return []
    phone = phone_e164(text, country)
    return await _by(connection, "phone", phone) if phone else []


async def _by_name(connection: Connection, text: str) -> Found | None:
    """Try the whole name, then its beginning, then the beginnings of its words."""
    key = name_key(text)
    words = sorted(name_words(key))
    if not words:
        return None
    limit = MOST_CANDIDATES + 1
    steps: tuple[Callable[[], Awaitable[list[int]]], ...] = (
        lambda: _by(connection, "name_key", key),
        lambda: customers.ids_by_name_start(connection, key, limit),
        lambda: customers.ids_by_words(connection, words, limit),
    )
    for step in steps:
        if ids := await step():
            return Found(ids[:MOST_CANDIDATES], is_complete=len(ids) <= MOST_CANDIDATES)
    return None


async def not_found(connection: Connection, text: str) -> CustomerNotFoundError:
    """Say so, with up to three that were probably meant."""
    text = text.strip()
    if "@" in text:
        kind, hint = "e-mail", "Try an order number."
        closest = await _close_emails(connection, text.lower())
    elif any(character.isdigit() for character in text):
        kind, hint = "number", "Try an e-mail address or a name."
        closest = [f"#{number}" for number in await _close_numbers(connection, text)]
    else:
        kind, hint = "name", "Try an e-mail address or an order number."
        closest = await _close_names(connection, text)
    meant = f" Closest: {', '.join(closest)}." if closest else ""
    return CustomerNotFoundError(f"No customer with that {kind}.{meant} {hint}", closest)


async def _close_emails(connection: Connection, email: str) -> list[str]:
    """Compare with addresses of the same beginning; most slips happen later."""
    for length in (5, 3, 1):
        emails = await customers.emails_starting(connection, email[:length], _COMPARED)
        if close := get_close_matches(email, emails, _CLOSEST, 0.7):
            return list(dict.fromkeys(_masked(emails[known], known) for known in close))
    return []


async def _close_numbers(connection: Connection, text: str) -> list[str]:
    number = text.lstrip("# ")
    if len(number) < _CLOSEST:
        return []
    numbers = await orders.numbers_starting(connection, number[:-1], _COMPARED)
    return get_close_matches(number, numbers, _CLOSEST, 0.7)


async def _close_names(connection: Connection, text: str) -> list[str]:
    close: dict[str, None] = {}
    for word in sorted(name_words(name_key(text)), key=len, reverse=True)[:2]:
        people = await customers.names_starting(connection, word[:2], _COMPARED)
        named = {known: _masked(name, email) for known, name, email in people}
        close |= dict.fromkeys(named[w] for w in get_close_matches(word, named, _CLOSEST, 0.6))
    return list(close)[:_CLOSEST]


def _masked(name: str, email: str | None) -> str:
    if name and email:
        return f"{mask_name(name)} ({mask_email(email)})"
    return mask_email(email) if email else mask_name(name)


async def matches(connection: Connection, evidence: Evidence) -> list[Match]:
    """Look strong evidence up; bare numbers count only when it finds nobody."""
    strong: list[Match] = []
    if evidence.emails:
        found = await customers.ids_by(connection, "email", evidence.emails)
        strong += _listed("email", evidence.emails, found)
    if evidence.phones:
        found = await customers.ids_by(connection, "phone", evidence.phones)
        strong += _listed("phone", evidence.phones, found)
    strong += await _order_matches(connection, "order", evidence.orders)
    if evidence.customers:
        found = await customers.ids_by(connection, "source_id", evidence.customers)
        strong += _listed("customer", evidence.customers, found)
        strong += await _own_ids(connection, [c for c in evidence.customers if c not in found])
    if strong:
        return _each_once(strong)
    if weak := await _order_matches(connection, "number", evidence.bare):
        return _each_once(weak)
    if not evidence.bare:
        return []
    found = await customers.ids_by(connection, "source_id", evidence.bare)
    return _each_once(_listed("number", evidence.bare, found))


def _listed(kind: str, values: Iterable[str], found: dict[str, list[int]]) -> list[Match]:
    return [Match(customer_id, kind) for value in values for customer_id in found.get(value, ())]


async def _order_matches(connection: Connection, kind: str, numbers: Sequence[str]) -> list[Match]:
    if not numbers:
        return []
    spellings = list(dict.fromkeys(s for number in numbers for s in (number, number.upper())))
    whose = await orders.customers_by_number(connection, spellings)
    return [Match(found, kind) for spelling in spellings if (found := whose.get(spelling))]


async def _own_ids(connection: Connection, numbers: Sequence[str]) -> list[Match]:
    ids = [int(number) for number in numbers if _is_own_id(number)]
    return [Match(known.id, "customer") for known in await customers.get_many(connection, ids)]


def _is_own_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID


def _each_once(found: Iterable[Match]) -> list[Match]:
    first: dict[int, Match] = {}
    for match in found:
        first.setdefault(match.customer_id, match)
    return list(first.values())
