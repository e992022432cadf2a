"""Pictures of shares in rows and columns. Only for the process pool."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from services.charts import CARD, DARK, INK, QUIET, canvas, png, shortened
from services.insights.results import Cohorts, Segments

MOST_COHORTS, MOST_MONTHS = 24, 18
SHORT_NAME = 30
CENSORED = "; * holds everybody who had bought before"
LEAST_SCALE = 0.1
"""A shop where hardly anybody comes back is not drawn as if everybody did."""

Row = tuple[str, Sequence[float | None]]


def draw(cohorts: Cohorts) -> bytes:
    """Draw retention as a heat-map, every known cell with its figure, as PNG.

    Cohorts below each other; of customers who were divided, what is usual of each part.
    """
    if cohorts.compared:
        title = f"Share that usually ordered again, by {cohorts.by_what}"
        rows: list[Row] = [
            (_named(group.name, group.customers), group.usual_retention)
            for group in cohorts.compared
        ]
        censored = ""
    else:
        title = "Share of each cohort that ordered again"
        shown = cohorts.whole.cohorts[-MOST_COHORTS:]
        rows = [
            (
                _named(
                    f"{cohort.month:%Y-%m}{'*' if cohort.is_left_censored else ''}",
                    cohort.customers,
                ),
                cohort.retention,
            )
            for cohort in shown
        ]
        censored = CENSORED if any(cohort.is_left_censored for cohort in shown) else ""
    # The month of the first order is always 100 %.
    width = min(max(len(shares) for _, shares in rows), MOST_MONTHS + 1)
    later = [(name, shares[1:width]) for name, shares in rows]
    figure, axes = canvas(1.6 + 0.28 * len(rows), title)
    _cells(axes, later, [str(month) for month in range(1, width)])
    axes.set_xlabel(f"months since the first order{censored}", color=QUIET)
    return png(figure)


def draw_segments(segments: Segments) -> bytes:
    """Draw what share of each part is in each segment."""
    rows = [
        (segment.name, [segment.share, *(part.segments[place].share for part in segments.parts)])
        for place, segment in enumerate(segments.segments)
    ]
    columns = ["all", *(shortened(part.name, SHORT_NAME) for part in segments.parts)]
    figure, axes = canvas(1.6 + 0.28 * len(rows), f"Share of customers, by {segments.by}")
    _cells(axes, rows, columns)
    return png(figure)


def _cells(axes: Axes, rows: Sequence[Row], columns: Sequence[str]) -> None:
    """Draw the known cells; unknown ones, such as months that are not over, stay empty."""
    shares = np.full((len(rows), len(columns)), np.nan)
    for place, (_, known) in enumerate(rows):
        shares[place, : len(known)] = [np.nan if share is None else share for share in known]
    highest = max(LEAST_SCALE, float(np.nanmax(shares, initial=0.0)))
    axes.imshow(np.ma.masked_invalid(shares), cmap="Blues", vmin=0, vmax=highest, aspect="auto")
    for (row, column), share in np.ndenumerate(shares):
        if not np.isnan(share):
            ink = CARD if share > DARK * highest else INK
            axes.text(column, row, f"{share:.0%}", ha="center", va="center", color=ink, fontsize=7)
    axes.set_yticks(range(len(rows)), [name for name, _ in rows], parse_math=False)
    axes.set_xticks(range(len(columns)), columns, parse_math=False)


def _named(name: str, customers: int) -> str:
    return f"{shortened(name, SHORT_NAME)} ({customers:,})"
