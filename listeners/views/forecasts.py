"""What is seen of a forecast: the card for the channel, the comparison, the record."""

from collections.abc import Iterable

from commands.forecast_answers import AccuracyAnswer, ForecastAnswer, StaffingAnswer
from listeners.views.parts import (
    Block,
    View,
    actions,
    button,
    context,
    date_token,
    escape,
    section,
)
from services.forecasts import words
from services.forecasts.report import ForecastReport
from services.forecasts.request import ForecastRequest

DOWNLOAD = "forecast_download"
CHANGE = "forecast_change"
LAST_YEAR = "forecast_last_year"

LONG_TEXT = 2_900
MOST_SENTENCES = 9


def progress(request: ForecastRequest) -> str:
    """Say what is going on."""
    return escape(f"⏳ Forecasting {request.metric} for {request.horizon}, and testing it …")


def forecast_card(answer: ForecastAnswer) -> View:
    """Draw the figures; the chart is a file of its own."""
    report = answer.report
    total, text = report.result.total, words.headline(report)
    blocks = [
        section(
            f"*{escape(f'{report.what}, next {report.request.horizon}')}*\n"
            f"{escape(words.period(report))}",
            fields=[
                f"*Total*\n{escape(words.figure(total.point, report.currency))}",
                f"*80% likely*\n{_between(report, total.lo80, total.hi80)}",
                f"*95% likely*\n{_between(report, total.lo95, total.hi95)}",
                f"*How good it was before*\n{escape(_how_good(report))}",
            ],
        ),
        section(_list(f"Next {report.unit}s, 80% likely", _next_lines(report))),
    ]
    if report.result.parts:
        parts = [words.part_line(report, part.name, part.total) for part in report.result.parts]
        blocks.append(section(_list("Parts, which add up to the whole", parts)))
    if influences := words.influences(report):
        blocks.append(section(_list("What moves it", map(words.influence_line, influences))))
    blocks.append(context(*_small_print(report)))
    blocks.append(_buttons(report))
    return escape(text), blocks


def staffing_card(answer: StaffingAnswer) -> View:
    """Draw who is needed when; the picture of the week is a file of its own."""
    found = answer.staffing
    text = words.staffing_headline(found)
    blocks = [
        section(f"*{escape(text)}*"),
        section(_list("Agents needed, by day", words.staffing_lines(found))),
        context(
            escape(words.staffing_assumptions(found), 600),
            escape(words.test_sentence(found.report), 600),
            escape(words.age_sentence(found.report)),
        ),
    ]
    return escape(text), blocks


def comparison(report: ForecastReport) -> View:
    """Set the forecast beside the same periods a year before."""
    text = words.last_year_sentence(report)
    lines = [
        f"{words.step_name(report, step.start)} · forecast "
        f"{words.figure(step.figure.point, report.currency)} · a year ago "
        f"{words.figure(step.last_year, report.currency)}"
        for step in words.next_steps(report)
        if step.last_year is not None
    ]
    blocks = [section(f"*{escape(text)}*")]
    if lines:
        blocks.append(section(_list(f"Next {report.unit}s", lines)))
    return escape(text), blocks


def accuracy_card(answer: AccuracyAnswer) -> View:
    """Draw the record of what was forecast and what came."""
    text = words.accuracy_sentence(answer.accuracy)
    blocks = [section(f"*{escape(text, LONG_TEXT)}*")]
    newest = answer.accuracy.outcomes[: words.LISTED_OUTCOMES]
    if newest:
        lines = [words.outcome_line(each, answer.accuracy.currency) for each in newest]
        blocks.append(section(_list("Newest first", lines)))
    return escape(text), blocks


def _between(report: ForecastReport, low: float, high: float) -> str:
    return escape(words.between(low, high, report.currency))


def _how_good(report: ForecastReport) -> str:
    """Put the measured error beside that of repeating the last season."""
    tested = report.result.tested
    if tested is None:
        return "Not known: no past period to test on"
    text = (
        f"Off by {words.share(tested.total_error)} over {words.windows(report, tested)}; repeating "
        f"the last season, by {words.share(tested.naive_total_error)}"
    )
    return f"Worse than repeating: {text}" if report.result.worse_than_naive else text


def _next_lines(report: ForecastReport) -> list[str]:
    return [words.step_line(report, step) for step in words.next_steps(report)]


def _list(title: str, lines: Iterable[str]) -> str:
    listed = "\n".join(f"• {escape(line)}" for line in lines)
    return f"*{escape(title)}*\n{listed}"


def _small_print(report: ForecastReport) -> list[str]:
    age = words.age_sentence(report)
    if report.data_as_of:
        imported = date_token(report.data_as_of, "{date_short_pretty} {time}")
        age = f"{age}, imported {imported}"
    sentences = [words.test_sentence(report), words.season_sentence(report), *words.notes(report)]
    return [*(escape(sentence, 600) for sentence in sentences[:MOST_SENTENCES]), age]


def _buttons(report: ForecastReport) -> Block:
    value = report.request.text
    return actions(
        button("Download CSV", DOWNLOAD, value=value),
        button("Change…", CHANGE, value=value, label="Change this forecast"),
        button("Compare with last year", LAST_YEAR, value=value),
    )
