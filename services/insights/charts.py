"""Pictures of insights. Only for the process pool.

None names a person: who may leave is drawn as the money at stake by segment.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from services.charts import BAR, INK, LINE, MARK, QUIET, canvas, panel, png, rows, shortened
from services.days import spoken
from services.insights import heat_map
from services.insights.results import (
    Affinity,
    Churn,
    Cohorts,
    Drawable,
    Product,
    Products,
    ProductSale,
    Seasonal,
    Segments,
)
from services.money import Money

MOST_ROWS = 12
SHORT_NAME = 24
ROW_INCHES, TWO_LINES_INCHES, FRAME_INCHES = 0.3, 0.42, 1.2
ROOM_FOR_LABELS = 1.22
BANDS = {"low": "#9cc4ee", "medium": "#3b6fb6", "high": "#1d3557"}
TICKS = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16)
WIDEST_LIFT = 20.0
"""A range beyond this, or below its inverse, runs off the picture: the table has its figures."""


def draw(found: Drawable) -> bytes:
    """Draw an insight as PNG; there must be something to draw."""
    match found:
        case Cohorts():
            return heat_map.draw(found)
        case Affinity():
            return _affinity(found)
        case Segments():
            return heat_map.draw_segments(found) if found.is_divided else _segments(found)
        case Churn():
            return _churn(found)
        case Products():
            return _products(found)
        case Seasonal():
            return _seasonal(found)


def _affinity(found: Affinity) -> bytes:
    """Draw how many times more often than by chance, and the careful lower end of that."""
    if found.rules is not None:
        return _rules(found)
    pairs = found.pairs[:MOST_ROWS]
    figure, axes = canvas(_height(len(pairs)), "Bought together more often than by chance")
    names = [
        f"{shortened(pair.left.name, SHORT_NAME)} + {shortened(pair.right.name, SHORT_NAME)}"
        for pair in pairs
    ]
    ends = [(pair.lift_lower, pair.lift) for pair in pairs]
    _ranges(axes, names, ends, [f"{pair.count:,} orders" for pair in pairs])
    axes.set_xlabel("times as often as by chance (dot), and at least (line)", color=QUIET)
    return png(figure)


def _rules(found: Affinity) -> bytes:
    """Draw rules on two lines each, so that what is bought in the end is never cut off."""
    rules = (found.rules or ())[:MOST_ROWS]
    figure, axes = canvas(_height(len(rules), TWO_LINES_INCHES), "Who buys … also buys →")
    names = [f"{_listed(rule.antecedent)}\n→ {rule.consequent.name}" for rule in rules]
    ends = [(100 * rule.confidence_lower, 100 * rule.confidence) for rule in rules]
    _ranges(axes, names, ends, [f"{rule.count:,} orders" for rule in rules])
    axes.set_xlabel("% of the orders (dot), and at least (line)", color=QUIET)
    return png(figure)


def _listed(products: Sequence[Product]) -> str:
    """Name two, and how many more there are: all that fits into one line."""
    if len(products) == 1:
        return products[0].name
    others = len(products) - 2
    room = SHORT_NAME - 5 if others else SHORT_NAME
    names = " + ".join(shortened(product.name, room) for product in products[:2])
    return f"{names} + {others} more" if others else names


def _ranges(
    axes: Axes, names: list[str], ends: Sequence[tuple[float, float]], labels: Sequence[str]
) -> None:
    for place, ((low, high), label) in enumerate(zip(ends, labels, strict=True)):
        axes.plot([low, high], [place, place], color=LINE, linewidth=4, solid_capstyle="round")
        axes.plot(high, place, "o", color=BAR, markersize=7)
        _label(axes, place, high, label)
    axes.set_xlim(0, ROOM_FOR_LABELS * max(high for _, high in ends))
    axes.grid(axis="x", color=LINE, linewidth=0.5)
    rows(axes, names)


def _segments(found: Segments) -> bytes:
    """Draw sizes, beside them what is expected; a mark is the size in the month before."""
    listed = found.segments
    title = "Customers by segment"
    figure, left = canvas(_height(len(listed)), title)
    left.remove()
    left, right = figure.subplots(1, 2, sharey=True)
    panel(left, title)
    panel(right, "Expected to spend in the next year")
    sizes = [segment.customers for segment in listed]
    _bars(left, sizes, [f"{each.customers:,} ({each.share:.0%})" for each in listed])
    values = [float(segment.value.major) for segment in listed]
    _bars(right, values, [segment.value.rounded for segment in listed])
    before = [segment.customers_before for segment in listed]
    if found.compared_with:
        known = [(count, place) for place, count in enumerate(before) if count is not None]
        left.plot(*zip(*known, strict=True), "|", color=MARK, markersize=14, markeredgewidth=2)
        left.set_xlabel(f"mark: on {spoken(found.compared_with)}", color=MARK)
    rows(left, [segment.name for segment in listed])
    return png(figure)


def _churn(found: Churn) -> bytes:
    """Draw the expected loss by segment, in parts by how likely they order no more."""
    segments = list(dict.fromkeys(stake.segment for stake in found.stakes))[:MOST_ROWS]
    figure, axes = canvas(_height(len(segments)), "Expected loss by segment")
    begin = np.zeros(len(segments))
    for band, color in BANDS.items():
        losses = {
            each.segment: float(each.loss.major) for each in found.stakes if each.band == band
        }
        widths = np.array([losses.get(segment, 0.0) for segment in segments])
        axes.barh(range(len(segments)), widths, left=begin, color=color, label=f"{band} risk")
        begin += widths
    for place, total in enumerate(begin.tolist()):
        _label(axes, place, total, Money.of(total, found.loss.currency).rounded)
    axes.set_xlim(0, ROOM_FOR_LABELS * max(float(begin.max()), 1e-9))
    axes.set_xticks([])
    rows(axes, segments)
    axes.legend(loc="lower right", frameon=False, fontsize=9)
    return png(figure)


def _products(found: Products) -> bytes:
    """Draw what was asked for by product, with the share of buyers who came back."""
    sales = found.sales[:MOST_ROWS]
    title = f"Products by {found.by} since {spoken(found.first_day)}"
    figure, axes = canvas(_height(len(sales)), title)
    _bars(
        axes, [_size(sale, found.by) for sale in sales], [_told(sale, found.by) for sale in sales]
    )
    rows(axes, [sale.product.name for sale in sales])
    return png(figure)


def _size(sale: ProductSale, by: str) -> float:
    sizes = {"orders": sale.orders, "units": sale.units, "buyers": sale.buyers}
    return float(sizes.get(by, sale.revenue.major))


def _told(sale: ProductSale, by: str) -> str:
    size = sale.revenue.rounded if by == "revenue" else f"{_size(sale, by):,.0f}"
    again = sale.repeat_rate
    return size if again is None else f"{size} · {again:.0%} bought again"


def _seasonal(found: Seasonal) -> bytes:
    """Draw the lift of orders: each time, then each segment; the line is “as usual”."""
    lifts = [(time.heading, time.orders.lift) for time in found.times]
    lifts += [(part.name, part.orders.lift) for part in found.parts]
    known = [(name, lift) for name, lift in lifts if lift]
    figure, axes = canvas(_height(len(known)), f"{found.event}: orders, times the usual")
    axes.axvline(1, color=MARK, linewidth=1.2)
    for place, (_, lift) in enumerate(known):
        ends = [max(lift.low, 1 / WIDEST_LIFT), min(lift.high, WIDEST_LIFT)]
        axes.plot(ends, [place, place], color=LINE, linewidth=4)
        axes.plot(lift.ratio, place, "o", color=INK if lift.is_clear else BAR, markersize=7)
    axes.set_xscale("log")
    low = max(min(0.5, *(lift.low for _, lift in known)), 1 / WIDEST_LIFT) / 1.1
    high = min(max(2, *(lift.high for _, lift in known)), WIDEST_LIFT) * 1.1
    axes.set_xlim(low, high)
    ticks = [tick for tick in TICKS if low <= tick <= high]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel("times the usual (dot), 95% range; dark: clearly not as usual", color=QUIET)
    rows(axes, [f"{name}  {lift.ratio:.2f}" for name, lift in known])
    return png(figure)


def _bars(axes: Axes, sizes: Sequence[float], labels: Sequence[str]) -> None:
    axes.barh(range(len(sizes)), sizes, color=BAR)
    for place, (size, label) in enumerate(zip(sizes, labels, strict=True)):
        _label(axes, place, max(size, 0.0), label)
    axes.set_xlim(0, ROOM_FOR_LABELS * 1.15 * max(*sizes, 1e-9))
    axes.set_xticks([])


def _label(axes: Axes, place: int, end: float, text: str) -> None:
    """Write behind a row's end."""
    axes.annotate(
        text,
        (end, place),
        (6, 0),
        textcoords="offset points",
        va="center",
        fontsize=8,
        color=INK,
        parse_math=False,
    )


def _height(count: int, each: float = ROW_INCHES) -> float:
    return FRAME_INCHES + each * max(count, 2)
