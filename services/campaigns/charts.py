"""Pictures of campaigns. Matplotlib is loaded here only, and this module only in the process pool.

The card behind the figures is light and opaque, so a chart reads the same in light and dark Slack.
"""

import io

from matplotlib.figure import Figure

from services.campaigns.figures import Preview
from services.insights.charts import CARD, DOTS, INK, QUIET, WIDTH

BAR = "#3b6fb6"
HEIGHT = 3.4


def draw_tenths(preview: Preview) -> bytes:
    """Draw what each tenth of the audience is expected to spend in 365 days, as PNG."""
    values = [float(each.value.major) for each in preview.tenths]
    names = [str(place) for place in range(1, len(values) + 1)]
    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DOTS, facecolor=CARD, layout="constrained")
    axes = figure.add_subplot()
    bars = axes.bar(names, values, color=BAR)
    axes.bar_label(bars, [f"{value:,.0f}" for value in values], color=INK, fontsize=8, padding=2)
    axes.set_title(
        f"Expected spend in 365 days, {preview.currency}, by tenth of the audience",
        loc="left",
        color=INK,
        fontsize=12,
    )
    axes.set_xlabel("tenths of the audience, the most valuable first", color=QUIET)
    axes.set_facecolor(CARD)
    axes.tick_params(colors=QUIET, labelsize=8, length=0)
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", facecolor=CARD, metadata={"Software": None})
    return picture.getvalue()
