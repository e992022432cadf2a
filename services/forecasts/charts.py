"""Pictures of figures. Matplotlib is loaded here only, and this module only in the process pool.

The card behind the lines is light and opaque, so a chart reads the same in light and dark Slack.
"""

import io
from calendar import day_name
from datetime import date

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from services.days import to_day
from services.forecasts import words
from services.forecasts.report import ForecastReport
from services.forecasts.staffing import Staffing

INK, QUIET, CARD = "#1d2433", "#5b6475", "#ffffff"
PAST, AHEAD, WIDE, HOLIDAY = "#3b4a66", "#0b6bcb", "#9cc4ee", "#b45309"
SIZE, DOTS = (9.0, 4.6), 130
LEAST_GAP = 0.025
"""Share of the width that two names need between them."""
NAME_LENGTH = 22
DARK = 0.6
"""Share of the scale from which figures are written in white."""


def draw_forecast(report: ForecastReport) -> bytes:
    """Draw history, forecast, both intervals and the holidays ahead as PNG."""
    figure = Figure(figsize=SIZE, dpi=DOTS, facecolor=CARD, layout="constrained")
    axes = figure.add_subplot()
    _lines(axes, report)
    _frame(figure, axes, report)
    _holidays(axes, report)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", facecolor=CARD, metadata={"Software": None})
    return picture.getvalue()


def draw_staffing(found: Staffing) -> bytes:
    """Draw a week: days downwards, hours across, in each the agents needed, as PNG."""
    figure = Figure(figsize=(9.0, 3.4), dpi=DOTS, facecolor=CARD, layout="constrained")
    axes = figure.add_subplot()
    agents = np.array([hour.agents for hour in found.hours]).reshape(7, 24)
    highest = max(1, int(agents.max()))
    axes.imshow(agents, cmap="Blues", vmin=0, vmax=highest, aspect="auto")
    for (row, column), count in np.ndenumerate(agents):
        ink = CARD if count > DARK * highest else INK
        axes.text(column, row, str(count), ha="center", va="center", color=ink, fontsize=8)
    axes.set_title("Agents needed by hour of the week", loc="left", color=INK, fontsize=12)
    axes.set_yticks(range(7), [name[:3] for name in day_name])
    axes.set_xticks(range(24), [f"{hour:02}" for hour in range(24)])
    axes.tick_params(colors=QUIET, labelsize=8, length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", facecolor=CARD, metadata={"Software": None})
    return picture.getvalue()


def _lines(axes: Axes, report: ForecastReport) -> None:
    """History ends where the last complete period does; what is under way is not drawn."""
    steps = report.result.steps
    ahead = _days([step.start for step in steps])
    figures = [step.figure for step in steps]
    axes.fill_between(
        ahead,
        [each.lo95 for each in figures],
        [each.hi95 for each in figures],
        color=WIDE,
        alpha=0.45,
        linewidth=0,
        label="95% range",
    )
    axes.fill_between(
        ahead,
        [each.lo80 for each in figures],
        [each.hi80 for each in figures],
        color=AHEAD,
        alpha=0.35,
        linewidth=0,
        label="80% range",
    )
    past = [value for _, value in report.result.history]
    axes.plot(
        _days([start for start, _ in report.result.history]),
        past,
        color=PAST,
        linewidth=1.2,
        label="history",
    )
    # Dashes, so that past and forecast differ for who sees no colours.
    axes.plot(
        ahead,
        [each.point for each in figures],
        color=AHEAD,
        linewidth=2,
        linestyle=(0, (4, 1)),
        marker="o" if len(steps) == 1 else "",
        label="forecast",
    )


def _holidays(axes: Axes, report: ForecastReport) -> None:
    """Mark public holidays; those ahead are named, except right behind another."""
    low, high = axes.get_xlim()
    named = -1.0
    for day, name in report.result.holidays:
        at, is_ahead = to_day(day), day >= report.first_day
        axes.axvline(
            at, color=HOLIDAY, linewidth=0.8, alpha=0.8 if is_ahead else 0.4, linestyle=":"
        )
        if is_ahead and at - named > (high - low) * LEAST_GAP:
            named = at
            short = name if len(name) <= NAME_LENGTH else f"{name[: NAME_LENGTH - 1]}…"
            axes.annotate(
                short,
                (at, 1),
                (-2, -2),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                rotation=90,
                va="top",
                ha="right",
                fontsize=8,
                color=HOLIDAY,
                parse_math=False,
            )


def _frame(figure: Figure, axes: Axes, report: ForecastReport) -> None:
    axes.set_title(
        f"{report.what} by {report.unit}", loc="left", color=INK, fontsize=12, parse_math=False
    )
    axes.yaxis.set_major_formatter(
        FuncFormatter(lambda value, _: words.figure(round(value, 2), report.currency))
    )
    locator = AutoDateLocator()  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    names = ConciseDateFormatter(locator)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(names)
    axes.set_facecolor(CARD)
    axes.grid(axis="y", color="#e3e7ee", linewidth=0.8)
    axes.tick_params(colors=QUIET, labelsize=9)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color("#c3cad6")
    if min(step.figure.lo95 for step in report.result.steps) >= 0:
        axes.set_ylim(bottom=0)
    axes.margins(x=0.01)
    legend = figure.legend(loc="outside lower left", ncols=4, frameon=False, fontsize=9)
    for text in legend.get_texts():
        text.set_color(INK)


def _days(days: list[date]) -> list[int]:
    return [to_day(each) for each in days]
