"""Rows and tables of insights as plain text, for a terminal and for Slack alike."""

from collections.abc import Sequence

from services.analytics.lifts import Lift
from services.days import spoken, spoken_time
from services.insights.results import (
    Cohort,
    CohortGroup,
    CustomerAtRisk,
    DataAge,
    Product,
    ProductPair,
    ProductRule,
    ProductSale,
    ScoreSource,
    SegmentGroup,
    SegmentSize,
)

Row = Sequence[str]
Table = tuple[str, list[str]]
"""A title, or none, and the lines."""

LINES = 15
"""So many rows are listed; JSON has all that were asked for."""
COHORT_MONTHS = 12
NAME_WIDTH = 36
NARROW_NAME = 26
"""Beside many columns, which would not fit into one line of Slack."""
SHORT_PART = 12


def table(rows: Sequence[Row], left: Sequence[int] = (0,), gap: str = "  ") -> list[str]:
    """Line columns up: those of words to the left, figures to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        gap.join(
            cell.ljust(width) if place in left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def cohort_table(group: CohortGroup) -> list[str]:
    """Retention of the newest cohorts, by months since the first order."""
    shown = group.cohorts[-LINES:]
    width = min(COHORT_MONTHS, max((len(cohort.active) for cohort in shown), default=0))
    head = ("Cohort", "Customers", "Spent each", *(f"+{k}" for k in range(1, width)))
    rows = [
        (
            f"{cohort.month:%Y-%m}{'*' if cohort.is_left_censored else ''}",
            f"{cohort.customers:,}",
            _spent(cohort),
            *(percent(share, "·") for share in cohort.retention[1:width]),
        )
        for cohort in shown
    ]
    usual = ("usual", "", "", *(percent(share, "·") for share in group.usual_retention[1:width]))
    return table([head, *rows, usual], gap=" ")  # thirteen columns beside each other


def usual_table(groups: Sequence[CohortGroup]) -> list[str]:
    """Set the usual retention of parts beside each other."""
    width = min(COHORT_MONTHS, max(len(group.usual_retention) for group in groups))
    head = ("", "Customers", *(f"+{k}" for k in range(1, width)))
    rows = [
        (
            _cut(group.name, NARROW_NAME),
            f"{group.customers:,}",
            *(percent(share, "·") for share in _filled(group.usual_retention[1:width], width - 1)),
        )
        for group in groups
    ]
    return table([head, *rows], gap=" ")


def shares_table(whole: Sequence[SegmentSize], parts: Sequence[SegmentGroup]) -> list[str]:
    """Set the shares of segments in parts beside each other."""
    head = ("Share", "all", *(_cut(part.name, SHORT_PART) for part in parts))
    rows = [
        (
            segment.name,
            percent(segment.share),
            *(percent(part.segments[place].share) for part in parts),
        )
        for place, segment in enumerate(whole)
    ]
    return table([head, *rows])


def _filled(shares: Sequence[float | None], count: int) -> Sequence[float | None]:
    return [*shares, *[None] * (count - len(shares))]


def _spent(cohort: Cohort) -> str:
    """Tell the latest known spend per customer."""
    known = [money for money in cohort.value_per_customer if money]
    return str(known[-1]) if known else ""


def pair_row(pair: ProductPair, *, of_one: bool) -> Row:
    """Name both products, behind the figures, or before them only the other of one asked about.

    Two names may be longer than a line, and what follows them would stand anywhere.
    """
    figures = (
        f"{pair.count:,}",
        percent(pair.confidence),
        percent(pair.confidence_back),
        f"{pair.lift:.1f}",
    )
    if of_one:
        return (_short(pair.right), *figures)
    return (*figures, f"{_short(pair.left)} + {_short(pair.right)}")


def segment_row(segment: SegmentSize) -> Row:
    before = segment.customers_before
    return (
        segment.name,
        f"{segment.customers:,}",
        percent(segment.share),
        *([] if before is None else [f"{segment.customers - before:+,}"]),
        segment.spend.rounded,
        segment.value.rounded,
        percent(segment.p_no_order) if segment.customers else "",
    )


def risk_row(one: CustomerAtRisk) -> Row:
    return (
        one.name or one.email or f"customer {one.customer_id}",
        one.segment,
        percent(one.p_no_order),
        one.value.rounded,
        one.spend.rounded,
        one.loss.rounded,
    )


def sale_row(sale: ProductSale, *, with_tickets: bool) -> Row:
    return (
        _short(sale.product, NARROW_NAME),
        sale.revenue.rounded,
        f"{sale.orders:,}",
        f"{sale.units:,}",
        f"{sale.buyers:,}",
        percent(sale.repeat_rate, "unknown"),
        *([_rate(sale.tickets_per_100_orders)] if with_tickets else []),
    )


def _rate(tickets: float | None) -> str:
    return "unknown" if tickets is None else f"{tickets:.1f}"


def percent(share: float | None, unknown: str = "") -> str:
    """`12%`; small shares keep a decimal."""
    if share is None:
        return unknown
    return f"{share:.1%}" if 0 < share < 0.1 else f"{share:.0%}"  # noqa: PLR2004 - ten percent


def lift_words(lift: Lift | None) -> str:
    """`2.10 (1.40 to 3.00)`: the ratio and its 95% range."""
    if lift is None:
        return "unknown"
    return f"{lift.ratio:.2f} ({lift.low:.2f} to {lift.high:.2f})"


def more(count: int) -> list[str]:
    return [f"and {count:,} more"] if count > 0 else []


def age_line(age: DataAge) -> str:
    imported = f", imported {spoken_time(age.as_of)}" if age.as_of else ""
    return f"Orders until {spoken(age.until)}{imported}."


def source_line(source: ScoreSource) -> str:
    """Name the run the scores come from."""
    return (
        f"Model run {source.run_id} as of {spoken(source.as_of)}, {source.customers:,} customers; "
        f"no order means none within {source.horizon_days} days."
    )


def rule_row(rule: ProductRule) -> Row:
    """Name all products behind the figures, as of pairs."""
    left = " + ".join(_short(product) for product in rule.antecedent)
    named = f"{left} → {_short(rule.consequent)}"
    return f"{rule.count:,}", percent(rule.confidence), f"{rule.lift:.1f}", named


def _short(product: Product, width: int = NAME_WIDTH) -> str:
    return _cut(product.name, width)


def _cut(name: str, width: int) -> str:
    return name if len(name) <= width else f"{name[: width - 1]}…"
