"""The options of `/campaign`, from what was typed to what a plan holds."""

import shlex
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from commands.grammar import nearest, whole_number
from services.campaigns.plan import MOST_PEOPLE, Plan
from services.errors import WrongInputError
from services.money import minor_digits

LARGEST_NUMBER = 10**9


def read_options(text: str) -> tuple[tuple[str, str], ...]:
    """Read `name=value` pairs; a value with blanks stands in quotes."""
    try:
        pieces = shlex.split(text)
    except ValueError:
        raise WrongInputError("A quotation mark is missing in what was typed.") from None
    found = []
    for piece in pieces:
        name, sign, value = piece.partition("=")
        name = name.lower().replace("-", "_")
        known = next((each for each in OPTIONS if each in {name, PLURALS.get(name)}), None)
        if known is None or not sign:
            close = nearest(name, OPTIONS)
            hint = f"Did you mean {close}=…?" if close else f"Known: {', '.join(OPTIONS)}."
            raise WrongInputError(
                f"I do not know “{piece[:60]}”, so nothing was done. Write name=value. {hint}"
            )
        if not value.strip():
            raise WrongInputError(f"“{name}=” has no value.")
        found.append((known, value.strip()))
    return tuple(found)


Reader = Callable[[Plan, str, str], Plan]


def _rule(name: str, read: Callable[[str, str], Any]) -> Reader:
    return lambda plan, value, currency: replace(
        plan, rules=replace(plan.rules, **{name: read(value, currency)})
    )


def _offer(name: str, read: Callable[[str, str], Any]) -> Reader:
    return lambda plan, value, currency: replace(
        plan, offer=replace(plan.offer, **{name: read(value, currency)})
    )


def words_of(value: str, _currency: str = "") -> tuple[str, ...]:
    """Read a list with commas."""
    return tuple(part.strip() for part in value.split(",") if part.strip())


def lower_words(value: str, _currency: str = "") -> tuple[str, ...]:
    """Read a list of names that are written small."""
    return tuple(part.lower() for part in words_of(value))


def amount(value: str, currency: str) -> int:
    """Read money in major units into minor ones."""
    return int(_decimal(value, "An amount").scaleb(minor_digits(currency)).to_integral_value())


def cost(value: str, currency: str) -> float:
    """Read money in major units into minor ones and parts of them."""
    return float(_decimal(value, "A cost").scaleb(minor_digits(currency)))


def share(value: str, _currency: str = "") -> float:
    """Read 20%, 20 or 0.2 as a fifth; 1 is one percent."""
    number = float(_decimal(value.removesuffix("%"), "A share"))
    return number / 100 if value.endswith("%") or number >= 1 else number


def number(value: str, _currency: str = "") -> int:
    """Read days."""
    return 0 if value == "0" else whole_number(value, "A number of days", LARGEST_NUMBER)


def whole(value: str, _currency: str = "") -> int:
    """Read a number of people."""
    return whole_number(value, "A number of people", MOST_PEOPLE)


def _decimal(value: str, what: str) -> Decimal:
    try:
        found = Decimal(value.strip().lstrip("£$€"))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or not 0 <= found <= LARGEST_NUMBER:
        raise WrongInputError(f"{what} is a number such as 12.50, not “{value[:40]}”.")
    return found


READERS: dict[str, Reader] = {
    "segment": _rule("segments", lower_words),
    "churn": _rule("churn_bands", lower_words),
    "min_value": _rule("min_value", amount),
    "max_value": _rule("max_value", amount),
    "min_days": _rule("ordered_days_ago_min", number),
    "max_days": _rule("ordered_days_ago_max", number),
    "bought": _rule("bought", words_of),
    "country": _rule("countries", words_of),
    "tag": _rule("tags", words_of),
    "best": _rule("best", whole),
    "margin": _offer("margin", share),
    "discount": _offer("discount", share),
    "cost": _offer("contact_cost", cost),
    "lift": _offer("smallest_lift", share),
    "holdout": lambda plan, value, _: replace(plan, holdout=share(value)),
    "window": lambda plan, value, _: replace(plan, window_days=number(value)),
    "contacted": lambda plan, value, _: replace(
        plan, suppression=replace(plan.suppression, contacted_days=number(value))
    ),
}
OPTIONS = ("product", "name", *READERS)
PLURALS = {"countries": "country", "segments": "segment", "tags": "tag"}
