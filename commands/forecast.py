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

from commands.grammar import nearest, whole_number
from commands.help import EMPTY, Help, Topic
from commands.people import Caller
from commands.schemas.forecasts import (
    AccuracyJson,
    BacktestJson,
    BoundsJson,
    ForecastJson,
    HourJson,
    StaffingJson,
)
from services.errors import NotAllowedError, WrongInputError
from services.forecasts import Forecasts, words
from services.forecasts.record import Accuracy
from services.forecasts.report import ForecastReport, Range
from services.forecasts.request import (
    DEFAULT_HORIZON,
    By,
    ForecastRequest,
    Horizon,
    Metric,
    Offer,
)
from services.forecasts.staffing import LONGEST_MINUTES, Hour, Service, Staffing

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
    r"([0-9]{1,4}) ?(d|days?|w|weeks?|m|months?|q|quarters?|y|years?)\b"
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


@dataclass(frozen=True, slots=True)
class ForecastAnswer:
    """A forecast, for everybody in the channel."""

    report: ForecastReport

    def to_text(self) -> str:
        """Draw the card for a terminal."""
        report = self.report
        total = report.result.total
        lines = [
            words.headline(report),
            f"95 % likely {words.between(total.lo95, total.hi95, report.currency)}",
            words.period(report),
            "",
            *(words.step_line(report, step) for step in words.next_steps(report)),
        ]
        if report.result.parts:
            lines += ["", "Parts, which add up to the whole:"]
            lines += [words.part_line(report, p.name, p.total) for p in report.result.parts]
        lines += ["", *map(words.influence_line, words.influences(report))]
        lines += [words.test_sentence(report), words.season_sentence(report)]
        lines += [*words.notes(report), f"{words.age_sentence(report)}."]
        return "\n".join(lines)

    def to_json(self) -> ForecastJson:
        """Give every figure; amounts in major units, dates the first days of periods."""
        report, result = self.report, self.report.result
        return {
            "metric": str(report.request.metric),
            "what": report.what,
            "asked": report.request.text,
            "currency": report.currency,
            "horizon": report.request.horizon.code,
            "by": str(report.request.by) if report.request.by else None,
            "frequency": result.frequency,
            "from": report.first_day.isoformat(),
            "until": result.last_day.isoformat(),
            "total": result.total.point,
            **_bounds(result.total),
            "steps": [
                {
                    "step": number,
                    "date": step.start.isoformat(),
                    "point": step.figure.point,
                    **_bounds(step.figure),
                    "naive": step.naive,
                    "last_year": step.last_year,
                }
                for number, step in enumerate(result.steps, 1)
            ],
            "parts": [
                {
                    "name": part.name,
                    "total": part.total.point,
                    **_bounds(part.total),
                    "points": list(part.points),
                }
                for part in result.parts
            ],
            "drivers": [
                {
                    "kind": each.kind,
                    "name": each.name,
                    "effect": each.effect,
                    "date": each.starts.isoformat() if each.starts else None,
                }
                for each in result.influences
            ],
            "backtest": self._backtest(),
            "worse_than_naive": result.worse_than_naive,
            "season_known": result.season_known,
            "last_year_total": report.last_year_total,
            "data_until": report.data_until.isoformat(),
            "data_as_of": report.data_as_of.isoformat() if report.data_as_of else None,
            "notes": list(report.notes),
            "alt_text": words.alt_text(report),
        }

    def _backtest(self) -> BacktestJson | None:
        tested = self.report.result.tested
        if tested is None:
            return None
        return {
            "windows": tested.windows,
            "steps": tested.steps,
            "wape": tested.wape,
            "total_error": tested.total_error,
            "naive_wape": tested.naive_wape,
            "naive_total_error": tested.naive_total_error,
            "coverage80": tested.coverage80,
            "coverage95": tested.coverage95,
        }


@dataclass(frozen=True, slots=True)
class StaffingAnswer:
    """How many agents each hour of the week needs, for everybody in the channel."""

    staffing: Staffing

    def to_text(self) -> str:
        found = self.staffing
        lines = [words.staffing_headline(found), "", *words.staffing_lines(found), ""]
        tested = [words.test_sentence(found.report), f"{words.age_sentence(found.report)}."]
        return "\n".join([*lines, words.staffing_assumptions(found), *tested])

    def to_json(self) -> StaffingJson:
        """Give all 168 hours, Monday 0:00 first."""
        found, service = self.staffing, self.staffing.service
        return {
            "metric": "tickets",
            "by": "hour",
            "tickets_a_week": found.tickets_a_week,
            "target_minutes": service.target_minutes,
            "work_minutes": service.work_minutes,
            "share": service.share,
            "hours": [_hour_json(hour) for hour in found.hours],
            "profile_from": found.profile_from.isoformat(),
            "assumptions": words.staffing_assumptions(found),
            "forecast": ForecastAnswer(found.report).to_json(),
        }


@dataclass(frozen=True, slots=True)
class AccuracyAnswer:
    """How earlier forecasts did."""

    accuracy: Accuracy

    def to_text(self) -> str:
        """Sum up, then the newest ones."""
        newest = self.accuracy.outcomes[: words.LISTED_OUTCOMES]
        lines = [words.outcome_line(each, self.accuracy.currency) for each in newest]
        return "\n".join([words.accuracy_sentence(self.accuracy), *lines])

    def to_json(self) -> AccuracyJson:
        accuracy = self.accuracy
        return {
            "shown": accuracy.shown,
            "finished": len(accuracy.outcomes),
            "error": accuracy.error,
            "naive_error": accuracy.naive_error,
            "inside80": sum(each.is_inside80 for each in accuracy.outcomes),
            "inside95": sum(each.is_inside95 for each in accuracy.outcomes),
            "forecasts": [
                {
                    "asked": each.asked,
                    "from": each.first_day.isoformat(),
                    "until": each.last_day.isoformat(),
                    "total": each.total,
                    "lo80": each.lo80,
                    "hi80": each.hi80,
                    "lo95": each.lo95,
                    "hi95": each.hi95,
                    "actual": each.actual,
                    "naive": each.naive,
                    "error": each.error,
                    "naive_error": each.naive_error,
                }
                for each in accuracy.outcomes
            ],
        }


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


def changed(text: str, metric: str, horizon: str, by: str) -> ForecastCommand:
    """Change a request that was typed; the product stays for units, promotions always stay."""
    old = parse(text).request
    product = old.product if old and metric == Metric.UNITS else ""
    offers = old.promotions if old else ()
    return ForecastCommand(
        "forecast",
        ForecastRequest(
            Metric(metric), _horizon(horizon)[1], By(by) if by else None, product, offers
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
        whole_number(target, "target", LONGEST_MINUTES), whole_number(work, "work", LONGEST_MINUTES)
    )


def _promotions(text: str) -> tuple[str, tuple[Offer, ...]]:
    """Cut off what stands behind the word promo: days, or first and last day with two dots."""
    all_words = text.split()
    lower = [word.lower() for word in all_words]
    start = next((place for place, word in enumerate(lower) if word in PROMOTIONS), None)
    if start is None:
        return text, ()
    offers = tuple(offer_of(word.strip(",")) for word in all_words[start + 1 :])
    if not offers:
        raise WrongInputError("Write the days of the promotion: promo 2026-11-27..2026-11-30.")
    return " ".join(all_words[:start]), offers


def offer_of(word: str) -> Offer:
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
        rest = f"Did you mean by {meant}?" if meant else f"There is by {', '.join(map(str, By))}."
        raise WrongInputError(f"I cannot divide a forecast by “{name[:40]}”. {rest}")
    return " ".join([*all_words[:place], *all_words[place + 2 :]]), known[name]


def _unknown(word: str) -> str:
    meant = nearest(word, SYNONYMS | {"accuracy": None})
    rest = f"Did you mean /forecast {SYNONYMS.get(meant, meant)}?" if meant else ""
    known = f"There is {', '.join(SUBJECTS)}."
    return f"There is no /forecast {word[:40]}, so nothing was done. {rest or known}"


def _bounds(of: Range) -> BoundsJson:
    return {"lo80": of.lo80, "hi80": of.hi80, "lo95": of.lo95, "hi95": of.hi95}


def _hour_json(hour: Hour) -> HourJson:
    return {
        "weekday": hour.weekday,
        "hour": hour.hour,
        "tickets": hour.tickets,
        "agents": hour.agents,
        "agents_busy": hour.agents_busy,
    }
