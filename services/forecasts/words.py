"""A forecast in words: the same sentences on a card, on a terminal and for a screen reader."""

from calendar import day_name
from datetime import date
from itertools import groupby

from services.days import day_and_month, spoken
from services.forecasts.record import Accuracy, Outcome
from services.forecasts.report import ForecastReport, Influence, Range, Step, Tested
from services.forecasts.staffing import PROFILE_WEEKS, Hour, Staffing
from services.money import Money, minor_digits

NEXT_PERIODS = 7
MOST_INFLUENCES = 5
LISTED_OUTCOMES = 10
SMALLEST_SHARE = 0.0005
"""What is less would be rounded to 0.0%."""


def figure(value: float, currency: str | None) -> str:
    """`£12,345` or `1,234`; small figures keep their decimals."""
    if currency is None:
        return f"{value:,.1f}" if 0 < abs(value) < 10 and value != round(value) else f"{value:,.0f}"  # noqa: PLR2004
    scale = 10 ** minor_digits(currency)
    whole = abs(value) >= 100 or value == round(value)  # noqa: PLR2004
    money = str(Money(round(value) * scale if whole else round(value * scale), currency))
    return money.partition(".")[0] if whole else money


def share(value: float) -> str:
    """`8%`; what is not nothing is never shown as nothing."""
    if 0 < abs(value) < SMALLEST_SHARE:
        return "under 0.1%"
    return f"{value:.0%}" if abs(value) >= 0.01 or value == 0 else f"{value:.1%}"  # noqa: PLR2004


def period(report: ForecastReport) -> str:
    """`10 Dec 2026 to 3 Feb 2027`."""
    return f"{spoken(report.first_day)} to {spoken(report.result.last_day)}"


def headline(report: ForecastReport) -> str:
    """`Revenue, next 8 weeks: £512,000 (80% likely £480,000 to £545,000)`."""
    total = report.result.total
    likely = between(total.lo80, total.hi80, report.currency)
    amount = figure(total.point, report.currency)
    return f"{report.what}, next {report.request.horizon}: {amount} (80% likely {likely})"


def between(low: float, high: float, currency: str | None) -> str:
    return f"{figure(low, currency)} to {figure(high, currency)}"


def step_name(report: ForecastReport, at: date) -> str:
    """Name a period by what it is: `Mon 12 Oct`, `week of 12 Oct`, `Oct 2026`."""
    return {
        "D": f"{at:%a} {day_and_month(at)}",
        "W": f"week of {day_and_month(at)}",
        "M": f"{at:%b %Y}",
    }[report.result.frequency]


def step_line(report: ForecastReport, step: Step) -> str:
    """`Mon 12 Oct · £9,120 · £7,000 to £11,300`."""
    of = step.figure
    amounts = (figure(of.point, report.currency), between(of.lo80, of.hi80, report.currency))
    return " · ".join((step_name(report, step.start), *amounts))


def next_steps(report: ForecastReport) -> tuple[Step, ...]:
    """Give the first few periods."""
    return report.result.steps[:NEXT_PERIODS]


def part_line(report: ForecastReport, name: str, total: Range) -> str:
    """`United Kingdom · £410,000 (80%) · …`: a part with its share of the whole and interval."""
    whole = report.result.total.point
    of_whole = f" ({share(total.point / whole)})" if whole > 0 else ""
    amount = figure(total.point, report.currency)
    return f"{name} · {amount}{of_whole} · {between(total.lo80, total.hi80, report.currency)}"


def influence_line(influence: Influence) -> str:
    """`Holiday: Black Friday on 27 Nov 2026, +80%`."""
    when = f" on {spoken(influence.starts)}" if influence.starts else ""
    return f"{influence.kind.capitalize()}: {influence.name}{when}, {influence.effect:+.0%}"


def influences(report: ForecastReport) -> tuple[Influence, ...]:
    return report.result.influences[:MOST_INFLUENCES]


def windows(report: ForecastReport, tested: Tested) -> str:
    """Name what was tested on: `the last 6 windows of 28 days`."""
    steps = f"{tested.steps} {report.unit}{'' if tested.steps == 1 else 's'}"
    return f"the last {tested.windows} windows of {steps}" if tested.windows > 1 else steps


def test_sentence(report: ForecastReport) -> str:
    """`Tested on the last 6 windows of 28 days: total off by 8%, …`; worse is said plainly."""
    tested = report.result.tested
    if tested is None:
        return "No past period could be tested against, so how good this is is not known."
    unit = report.unit
    sentence = (
        f"Tested on {windows(report, tested)}: the total was off by "
        f"{share(tested.total_error)}, repeating the last season by "
        f"{share(tested.naive_total_error)}; a single {unit} by {share(tested.wape)} and "
        f"{share(tested.naive_wape)}."
    )
    if report.result.worse_than_naive:
        return f"Worse than repeating the last season: do not rely on it. {sentence}"
    return sentence


def season_sentence(report: ForecastReport) -> str:
    if report.result.season_known:
        return "The year's season is known."
    return "The year's season is not known yet, so the ranges are wider."


def age_sentence(report: ForecastReport) -> str:
    """Say how old the data are: `Data until 9 Dec 2026`."""
    return f"Data until {spoken(report.data_until)}"


def notes(report: ForecastReport) -> list[str]:
    """List what else has to be known; what other sentences say already is left out."""
    said = ("The year's season is not known", "No past period could", "In its backtest")
    return [note for note in report.notes if not note.startswith(said)]


def staffing_headline(found: Staffing) -> str:
    """`Tickets: about 210 a week; at most 4 agents an hour answer 80% within 60 minutes`."""
    most = max(hour.agents for hour in found.hours)
    service = found.service
    return (
        f"Tickets: about {figure(found.tickets_a_week, None)} a week; at most {most} "
        f"agent{'' if most == 1 else 's'} at once answer {share(service.share)} within "
        f"{service.target_minutes} minutes"
    )


def staffing_lines(found: Staffing) -> list[str]:
    """One line a day: tickets, and the hours with how many agents each."""
    return [_staffed_day(found, weekday) for weekday in range(7)]


def _staffed_day(found: Staffing, weekday: int) -> str:
    hours = found.of_day(weekday)
    expected = figure(sum(hour.tickets for hour in hours), None)
    return f"{day_name[weekday]} · {expected} tickets · {_shifts(hours)}"


def _shifts(hours: tuple[Hour, ...]) -> str:
    """`08-12 2 (busy 3), 12-18 1`: hours in a row with the same need."""
    shifts = []
    for need, run in groupby(hours, lambda hour: (hour.agents, hour.agents_busy)):
        span = list(run)
        if need[0]:
            busy = f" (busy {need[1]})" if need[1] > need[0] else ""
            shifts.append(f"{span[0].hour:02}-{span[-1].hour + 1:02} {need[0]}{busy}")
    return ", ".join(shifts) or "nobody needed"


def staffing_assumptions(found: Staffing) -> str:
    """Say what has to be true for the figures to be."""
    service = found.service
    return (
        f"Erlang C: tickets come at random within an hour, each takes {service.work_minutes} "
        "minutes of one agent, the line is common and nobody gives up. Hours as in the "
        f"{PROFILE_WEEKS} weeks from {spoken(found.profile_from)}, in the shop's time zone; busy: "
        "a week as full as one in ten. Change with target=60 work=10, in minutes."
    )


def staffing_alt_text(found: Staffing) -> str:
    """Say what the picture shows to who cannot see it."""
    most = max(found.hours, key=lambda hour: hour.agents)
    return (
        f"Heat-map of agents needed by weekday and hour. {staffing_headline(found)}. Most are "
        f"needed on {day_name[most.weekday]} at {most.hour:02}:00: {most.agents}."
    )


def last_year_sentence(report: ForecastReport) -> str:
    """Compare with the same periods a year before."""
    before = report.last_year_total
    if before is None:
        known = sum(step.last_year is not None for step in report.result.steps)
        if known == 0:
            return "There are no figures of a year ago to compare with."
        return f"Only {known} of {len(report.result.steps)} {report.unit}s of a year ago are known."
    total = report.result.total.point
    change = f", {total / before - 1:+.0%} on that" if before > 0 else ""
    return (
        f"Same {report.unit}s a year ago: {figure(before, report.currency)}. Forecast: "
        f"{figure(total, report.currency)}{change}."
    )


def alt_text(report: ForecastReport) -> str:
    """Say what the chart shows to who cannot see it."""
    steps, total, currency = report.result.steps, report.result.total, report.currency
    what = report.what[0].lower() + report.what[1:]  # a product's title keeps its capitals
    chart = f"Line chart of {what} by {report.unit}"
    text = (
        f"{chart}: history until {spoken(report.data_until)}, then the forecast for "
        f"{period(report)} with its 80% and 95% ranges. {headline(report)}, 95% likely "
        f"{between(total.lo95, total.hi95, currency)}."
    )
    if len(steps) == 1:
        return text
    high = max(steps, key=lambda step: step.figure.point)
    low = min(steps, key=lambda step: step.figure.point)
    return (
        f"{text} The highest {report.unit} is {step_name(report, high.start)} with "
        f"{figure(high.figure.point, currency)}, the lowest {step_name(report, low.start)} with "
        f"{figure(low.figure.point, currency)}."
    )


def outcome_line(outcome: Outcome, currency: str) -> str:
    """`revenue 8w, 12 Oct to …: said £510,000, came £498,000, off by 2%; …`."""
    shown = currency if outcome.is_money else None
    line = (
        f"{outcome.asked}, {spoken(outcome.first_day)} to {spoken(outcome.last_day)}: said "
        f"{figure(outcome.total, shown)}, came {figure(outcome.actual, shown)}"
    )
    if outcome.error is None or outcome.naive_error is None:
        return line
    naive = f"repeating the last season {share(outcome.naive_error)}"
    return f"{line}, off by {share(outcome.error)}; {naive}"


def accuracy_sentence(accuracy: Accuracy) -> str:
    """Sum the record up; an empty one teaches."""
    if not accuracy.shown:
        return "No forecast was shown yet. Type /forecast revenue 8w to see one."
    finished = len(accuracy.outcomes)
    shown = f"{accuracy.shown:,} forecast{'' if accuracy.shown == 1 else 's'} shown"
    if not finished:
        return f"{shown}, none has finished yet; each is compared when its last day has passed."
    inside80 = sum(outcome.is_inside80 for outcome in accuracy.outcomes)
    inside95 = sum(outcome.is_inside95 for outcome in accuracy.outcomes)
    sentence = (
        f"{shown}, {finished:,} finished: {inside80:,} inside the 80% range, {inside95:,} inside "
        "the 95% range"
    )
    if accuracy.error is None or accuracy.naive_error is None:
        return f"{sentence}."
    return (
        f"{sentence}; totals off by {share(accuracy.error)} on average, repeating the last season "
        f"by {share(accuracy.naive_error)}."
    )
