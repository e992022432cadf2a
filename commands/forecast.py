"""What is to be expected of the shop, how sure that is, and how good it was before.

/forecast revenue 8w
/forecast orders 6m by country
/forecast customers 28d
/forecast units MUG-1 90 days
/forecast revenue 8w promo 2025-11-28..2025-12-01 2026-11-27..2026-11-30
/forecast tickets by hour target=60 work=10
/forecast accuracy
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol, cast

from commands.forecast_answers import AccuracyAnswer, ForecastAnswer, StaffingAnswer
from commands.grammar import nearest, whole_number
from commands.help import EMPTY, Help, Topic
from commands.people import Caller
from services.errors import NotAllowedError, WrongInputError
from services.forecasts import Forecasts
from services.forecasts.request import (
    DEFAULT_HORIZON,
    By,
    ForecastRequest,
    Horizon,
    Metric,
    Offer,
)
from services.forecasts.staffing import LONGEST_MINUTES, Service

NAME = "forecast"
HELP = Help(
    "Type /forecast, what you want to know, and how far ahead:",
    (
        Topic("/forecast revenue 8w", "revenue of the next 8 weeks; d are days, m months"),
        Topic("/forecast orders 6m by country", "also by segment, channel; revenue by product"),
        Topic("/forecast customers 28d", "who orders, new and returning"),
        Topic("/forecast units MUG-1 90d", "pieces of a product, by SKU or title"),
        Topic(
            "/forecast revenue 8w promo 2026-11-27..2026-11-30", "with promotions, past ones too"
        ),
        Topic("/forecast tickets by hour", "agents needed; target=60 work=10, in minutes"),
        Topic("/forecast accuracy", "how good earlier forecasts were"),
    ),
)
SYNONYMS = {
    "sales": Metric.REVENUE,
    "turnover": Metric.REVENUE,
    "spend": Metric.REVENUE,
    "order": Metric.ORDERS,
    "customer": Metric.CUSTOMERS,
    "buyers": Metric.CUSTOMERS,
    "unit": Metric.UNITS,
    "pieces": Metric.UNITS,
    "ticket": Metric.TICKETS,
    **{str(metric): metric for metric in Metric},
}
SUBJECTS = (*map(str, Metric), "accuracy")
PROMOTIONS = frozenset({"promo", "promos", "promotion", "promotions", "offer", "offers"})
FILLERS = frozenset({"next", "for", "the", "in", "of", "coming", "and"})
_HORIZON = re.compile(
    r"(?<![\w.-])([0-9]{1,4}) ?(d|days?|w|weeks?|m|months?|q|quarters?|y|years?)\b"
    # Without a number only in these words: a product may be called Day Cream.
    r"|\b(?:next|coming) (?:(day)|(week)|(month)|(quarter)|(year))\b"
)
_MONTHS = {"q": 3, "y": 12}
_BY_HOUR = re.compile(r"\bby (?:the )?hours?\b", re.IGNORECASE)
_SERVICE = re.compile(r"\b(target|work)=(\S*)", re.IGNORECASE)
_DATES = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\.\.(\d{4}-\d{2}-\d{2}))?")


class Services(Protocol):
    """What this command needs of the services."""

    @property
    def forecasts(self) -> Forecasts: ...


@dataclass(frozen=True, slots=True)
class ForecastCommand:
    """`request` is what to forecast."""

    subject: Literal["help", "accuracy", "forecast"]
    request: ForecastRequest | None = None
    staffing: Service | None = None
    """Divide the tickets by hour of the week, and say who has to answer them."""


def parse(text: str) -> ForecastCommand:
    """Read what follows the command's name."""
    if text.lower() in EMPTY:
        return ForecastCommand("help")
    word, _, rest = text.partition(" ")
    if word.lower() == "accuracy" and not rest:
        return ForecastCommand("accuracy")
    metric = SYNONYMS.get(word.lower())
    if metric is None:
        raise WrongInputError(_unknown(word))
    if metric is Metric.TICKETS and _BY_HOUR.search(rest):
        rest, service = _service(_BY_HOUR.sub(" ", rest))
        return ForecastCommand("forecast", _request(metric, rest), service)
    return ForecastCommand("forecast", _request(metric, rest))


def chosen(
    metric: str, horizon: str, by: str, product: str, offers: tuple[Offer, ...]
) -> ForecastCommand:
    """Read the choices of a form; an empty `by` is the whole."""
    if product.strip() and metric != Metric.UNITS:
        raise WrongInputError(
            "Only units are of one product: choose Units, or empty the field Product."
        )
    return ForecastCommand(
        "forecast",
        ForecastRequest(
            Metric(metric),
            _horizon(horizon)[1],
            By(by) if by else None,
            " ".join(product.split()),
            offers,
        ),
    )


async def run(
    command: ForecastCommand, caller: Caller, services: Services
) -> ForecastAnswer | StaffingAnswer | AccuracyAnswer | Help:
    """Raise what `Forecasts.report` raises, and NotAllowedError to who may not see figures."""
    if not caller.is_agent:
        raise NotAllowedError(
            "Only the support team may see the shop's figures. Ask an admin to add you to it."
        )
    if command.subject == "accuracy":
        return AccuracyAnswer(await services.forecasts.accuracy())
    if command.request is None:
        return HELP
    if command.staffing is not None:
        return StaffingAnswer(await services.forecasts.staffing(command.request, command.staffing))
    return ForecastAnswer(await services.forecasts.report(command.request))


def _request(metric: Metric, rest: str) -> ForecastRequest:
    rest, promotions = _promotions(rest)
    rest, horizon = _horizon(rest)
    rest, by = _by(rest)
    left = [word for word in rest.split() if word.lower() not in FILLERS]
    if left and metric is not Metric.UNITS:
        raise WrongInputError(
            f"I did not understand “{' '.join(left)[:60]}”, so nothing was forecast. "
            f"Type for example /forecast {metric} 8w by country."
        )
    return ForecastRequest(metric, horizon, by, " ".join(left), promotions)


def _service(text: str) -> tuple[str, Service]:
    """Cut out `target=60 work=10`, in minutes."""
    given = {name.lower(): value for name, value in _SERVICE.findall(text)}
    usual = Service()
    target = given.get("target", str(usual.target_minutes)).removesuffix("m")
    work = given.get("work", str(usual.work_minutes)).removesuffix("m")
    return _SERVICE.sub(" ", text), Service(
        whole_number(target, "target, in minutes,", LONGEST_MINUTES),
        whole_number(work, "work, in minutes,", LONGEST_MINUTES),
    )


def _promotions(text: str) -> tuple[str, tuple[Offer, ...]]:
    """Cut off what stands behind the word promo: days, or first and last day with two dots."""
    all_words = text.split()
    lower = [word.lower() for word in all_words]
    start = next((place for place, word in enumerate(lower) if word in PROMOTIONS), None)
    if start is None:
        return text, ()
    offers = offers_of(" ".join(all_words[start + 1 :]))
    if not offers:
        raise WrongInputError("Write the days of the promotion: promo 2026-11-27..2026-11-30.")
    return " ".join(all_words[:start]), offers


def offers_of(text: str) -> tuple[Offer, ...]:
    """Read days of promotions, with spaces or commas between them."""
    return tuple(map(_offer, text.replace(",", " ").split()))


def _offer(word: str) -> Offer:
    """Read a day, or first and last day with two dots between."""
    found = _DATES.fullmatch(word)
    try:
        start = date.fromisoformat(found[1] if found else "")
        end = date.fromisoformat(found[2]) if found and found[2] else start
    except ValueError:
        raise WrongInputError(
            f"“{word[:40]}” is not a day. A promotion is written 2026-11-27 or "
            "2026-11-27..2026-11-30, and last."
        ) from None
    if end < start:
        raise WrongInputError(f"The promotion {word} ends before it starts.")
    return Offer(start, end)


def _horizon(text: str) -> tuple[str, Horizon]:
    found = list(_HORIZON.finditer(text.lower()))
    if not found:
        return text, DEFAULT_HORIZON
    if len(found) > 1:
        raise WrongInputError("Two horizons are one too many; write one, such as 8w.")
    count, letter = int(found[0][1] or 1), found[0][found[0].lastindex or 0][0]
    if letter in _MONTHS:
        count, letter = _MONTHS[letter] * count, "m"
    horizon = Horizon(count, cast("Literal['d', 'w', 'm']", letter))
    return f"{text[: found[0].start()]} {text[found[0].end() :]}", horizon


def _by(text: str) -> tuple[str, By | None]:
    all_words = text.split()
    lower = [word.lower() for word in all_words]
    if "by" not in lower:
        return text, None
    place = len(lower) - 1 - lower[::-1].index("by")
    name = lower[place + 1] if place + 1 < len(lower) else ""
    known = {str(by): by for by in By} | {f"{by}s": by for by in By} | {"countries": By.COUNTRY}
    if name not in known:
        meant = nearest(name, map(str, By))
        rest = f"Did you mean by {meant}?" if meant else f"Known: by {', '.join(map(str, By))}."
        raise WrongInputError(f"I cannot divide a forecast by “{name[:40]}”. {rest}")
    return " ".join([*all_words[:place], *all_words[place + 2 :]]), known[name]


def _unknown(word: str) -> str:
    meant = nearest(word, SYNONYMS | {"accuracy": None})
    rest = f"Did you mean /forecast {SYNONYMS.get(meant, meant)}?" if meant else ""
    known = f"Known: {', '.join(SUBJECTS)}."
    return f"There is no /forecast {word[:40]}, so nothing was done. {rest or known}"
