"""The picture of cohorts. Only for the process pool."""

import numpy as np
from matplotlib.axes import Axes

from services.charts import CARD, DARK, INK, QUIET, canvas, png
from services.insights.results import CohortGroup, Cohorts

MOST_COHORTS, MOST_MONTHS = 24, 18
CENSORED = "; * holds everybody who had bought before"
LEAST_SCALE = 0.1
"""A shop where hardly anybody comes back is not drawn as if everybody did."""


def draw(cohorts: Cohorts) -> bytes:
    """Draw retention as a heat-map, every known cell with its figure, as PNG."""
    shown = cohorts.whole.cohorts[-MOST_COHORTS:]
    figure, axes = canvas(1.6 + 0.28 * len(shown), "Share of each cohort that ordered again")
    _cells(axes, CohortGroup("", shown, ()))
    is_censored = any(cohort.is_left_censored for cohort in shown)
    axes.set_xlabel("months since the first order" + (CENSORED if is_censored else ""), color=QUIET)
    return png(figure)


def _cells(axes: Axes, group: CohortGroup) -> None:
    """Months that are not over stay empty; the month of the first order is always 100 %."""
    width = min(max(len(cohort.active) for cohort in group.cohorts), MOST_MONTHS + 1)
    shares = np.array(
        [
            [np.nan if share is None else share for share in cohort.retention[1:width]]
            for cohort in group.cohorts
        ]
    ).reshape(len(group.cohorts), -1)
    highest = max(LEAST_SCALE, float(np.nanmax(shares, initial=0.0)))
    axes.imshow(np.ma.masked_invalid(shares), cmap="Blues", vmin=0, vmax=highest, aspect="auto")
    for (row, column), share in np.ndenumerate(shares):
        if not np.isnan(share):
            ink = CARD if share > DARK * highest else INK
            axes.text(column, row, f"{share:.0%}", ha="center", va="center", color=ink, fontsize=7)
    names = [
        f"{cohort.month:%Y-%m}{'*' if cohort.is_left_censored else ''} ({cohort.customers:,})"
        for cohort in group.cohorts
    ]
    axes.set_yticks(range(len(names)), names)
    axes.set_xticks(range(shares.shape[1]), [str(later + 1) for later in range(shares.shape[1])])
