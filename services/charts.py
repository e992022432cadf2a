"""What all pictures share. Matplotlib is loaded here only, and this module only in the pool.

The card behind the figures is light and opaque, so a chart reads the same in light and dark Slack.
"""

import io

from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK, QUIET, CARD = "#1d2433", "#5b6475", "#ffffff"
BAR, MARK, LINE = "#3b6fb6", "#b45309", "#c3cad6"
WIDTH, DOTS = 9.0, 130
DARK = 0.6
"""Share of the scale from which figures are written in white."""
LONGEST_NAME = 52


def canvas(height: float, title: str) -> tuple[Figure, Axes]:
    """Begin a picture, so many inches high, with one pair of axes and a title."""
    figure = Figure(figsize=(WIDTH, height), dpi=DOTS, facecolor=CARD, layout="constrained")
    return figure, panel(figure.add_subplot(), title)


def panel(axes: Axes, title: str) -> Axes:
    """Give axes the common look."""
    axes.set_title(title, loc="left", color=INK, fontsize=12, parse_math=False)
    axes.set_facecolor(CARD)
    axes.tick_params(colors=QUIET, labelsize=8, length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return axes


def png(figure: Figure) -> bytes:
    """Finish a picture."""
    picture = io.BytesIO()
    figure.savefig(picture, format="png", facecolor=CARD, metadata={"Software": None})
    return picture.getvalue()


def rows(axes: Axes, names: list[str]) -> None:
    """Name horizontal rows, the first on top; a name may have several lines."""
    shown = [
        "\n".join(shortened(line, LONGEST_NAME) for line in name.splitlines()) for name in names
    ]
    axes.set_yticks(range(len(names)), shown, parse_math=False, color=INK)
    axes.set_ylim(len(names) - 0.4, -0.6)


def shortened(name: str, longest: int) -> str:
    return name if len(name) <= longest else f"{name[: longest - 1]}…"
