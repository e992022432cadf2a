"""Pictures of campaigns. Only for the process pool."""

from services.campaigns.figures import Preview
from services.charts import BAR, INK, QUIET, canvas, png

HEIGHT = 3.4


def draw_tenths(preview: Preview) -> bytes:
    """Draw what each tenth of the audience is expected to spend in 365 days, as PNG."""
    values = [float(each.value.major) for each in preview.tenths]
    names = [str(place) for place in range(1, len(values) + 1)]
    title = f"Expected spend in 365 days, {preview.currency}, by tenth of the audience"
    figure, axes = canvas(HEIGHT, title)
    bars = axes.bar(names, values, color=BAR)
    axes.bar_label(bars, [f"{value:,.0f}" for value in values], color=INK, fontsize=8, padding=2)
    axes.set_xlabel("tenths of the audience, the most valuable first", color=QUIET)
    axes.set_yticks([])
    return png(figure)
