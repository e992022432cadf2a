"""Insights as words and as JSON: amounts in major units, unknown figures null, never zero."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from services.insights.results import (
    Affinity,
    Churn,
    Cohort,
    CohortGroup,
    Cohorts,
    CustomerAtRisk,
    DataAge,
    Product,
    ProductPair,
    ProductRule,
    Products,
    ProductSale,
    ScoreSource,
    Segments,
    SegmentSize,
)
from services.money import Money

Json = dict[str, Any]
Row = Sequence[str]
Table = tuple[str, list[str]]
"""A title, or none, and the lines."""

LINES = 15
"""So many rows are listed; JSON has all that were asked for."""
COHORT_MONTHS = 12
NAME_WIDTH = 36


class Told(Protocol):
    """What every insight says, wherever it is shown."""

    @property
    def heading(self) -> str: ...

    @property
    def tables(self) -> list[Table]: ...

    @property
    def notes(self) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class CohortsAnswer:
    """Who came back, by month of first order."""

    cohorts: Cohorts

    @property
    def heading(self) -> str:
        """`Share of each cohort that ordered again, until November 2011`."""
        return f"Share of each cohort that ordered again, until {self.cohorts.last_month:%B %Y}"

    @property
    def tables(self) -> list[Table]:
        """Tell retention by months since the first order; a dot is a month that is not over."""
        groups = (self.cohorts.whole, *self.cohorts.parts)
        return [(f"{group.name}, {group.customers:,}", cohort_table(group)) for group in groups]

    @property
    def notes(self) -> list[str]:
        return [*self.cohorts.notes, age_line(self.cohorts.age)]

    @property
    def has_picture(self) -> bool:
        """Whether there is a month after any first order to draw."""
        return any(len(cohort.active) > 1 for cohort in self.cohorts.whole.cohorts)

    @property
    def alt_text(self) -> str:
        """Say what the heat-map shows to who cannot see it."""
        whole = self.cohorts.whole
        known = [
            f"{percent(share)} after {_plural(later, 'month')}"
            for later, share in enumerate(whole.usual_retention)
            if later and share is not None
        ]
        usual = f" Usually {', '.join(known[:6])} ordered again." if known else ""
        return (
            f"Heat-map of {_plural(len(whole.cohorts), 'monthly cohort')} by months since the "
            f"first order, until {self.cohorts.last_month:%B %Y}.{usual}"
        )

    def to_text(self) -> str:
        return told(self)

    def to_json(self) -> Json:
        cohorts = self.cohorts
        return {
            "insight": "cohorts",
            "by": cohorts.by,
            "currency": cohorts.currency,
            "last_month": f"{cohorts.last_month:%Y-%m}",
            **_group_json(cohorts.whole),
            "parts": [{"name": part.name, **_group_json(part)} for part in cohorts.parts],
            "notes": list(cohorts.notes),
            **_age_json(cohorts.age),
        }


@dataclass(frozen=True, slots=True)
class AffinityAnswer:
    """What is bought together."""

    affinity: Affinity

    @property
    def tables(self) -> list[Table]:
        """List the findings that are least likely chance."""
        affinity = self.affinity
        if affinity.rules is None:
            head: Row = ("Together", "Orders", "Share", "And back", "Lift")
            rows = [pair_row(pair) for pair in affinity.pairs[:LINES]]
        else:
            head = ("Who buys … buys", "Orders", "Share", "Lift")
            rows = [_rule_row(rule) for rule in affinity.rules[:LINES]]
        lines = [*table([head, *rows]), *more(affinity.found - len(rows))]
        return [("", lines)] if rows else []

    @property
    def notes(self) -> list[str]:
        first = self.affinity.first_day
        return [f"Orders since {first:%d %b %Y}.", age_line(self.affinity.age)]

    def to_text(self) -> str:
        return told(self)

    @property
    def heading(self) -> str:
        """Say what was looked for, and how much was found."""
        affinity = self.affinity
        what = "pairs" if affinity.rules is None else "rules"
        of = f" with {affinity.product.name}" if affinity.product else ""
        least = affinity.thresholds
        asked = [f"at least {least.count:,} orders"] if least.count > 1 else []
        asked += [f"support {least.support:g}"] if least.support else []
        asked += [f"confidence {least.confidence:g}"] if least.confidence else []
        found = f"{affinity.found:,} {what}{of} in {affinity.orders:,} orders"
        if not affinity.found:
            return f"No {what}{of} with {', '.join(asked)} in {affinity.orders:,} orders."
        return f"{found}, {', '.join(asked)}" if asked else found

    def to_json(self) -> Json:
        affinity = self.affinity
        result: Json = {
            "insight": "affinity",
            "product": affinity.product and _product_json(affinity.product),
            "min_count": affinity.thresholds.count,
            "min_support": affinity.thresholds.support,
            "min_confidence": affinity.thresholds.confidence,
            "orders": affinity.orders,
            "found": affinity.found,
            "since": affinity.first_day.isoformat(),
            **_age_json(affinity.age),
        }
        if affinity.rules is None:
            result["pairs"] = [_pair_json(pair) for pair in affinity.pairs]
        else:
            result["rules"] = [_rule_json(rule) for rule in affinity.rules]
        return result


@dataclass(frozen=True, slots=True)
class SegmentsAnswer:
    """How many customers are in each segment."""

    segments: Segments

    @property
    def heading(self) -> str:
        return f"{self.segments.source.customers:,} customers by segment"

    @property
    def tables(self) -> list[Table]:
        head = ("Segment", "Customers", "Share", "Change", "Spent", "Next year", "No order", "Rule")
        rows = [segment_row(segment) for segment in self.segments.segments]
        return [("", table([head, *rows], (0, 7)))]

    @property
    def notes(self) -> list[str]:
        compared = self.segments.compared_with
        change = [f"Change since {compared:%d %b %Y}."] if compared else []
        return [*change, source_line(self.segments.source), age_line(self.segments.age)]

    def to_text(self) -> str:
        return told(self)

    def to_json(self) -> Json:
        segments = self.segments
        return {
            "insight": "segments",
            **_source_json(segments.source),
            "compared_with": segments.compared_with and segments.compared_with.isoformat(),
            "segments": [_segment_json(segment) for segment in segments.segments],
            **_age_json(segments.age),
        }


@dataclass(frozen=True, slots=True)
class ChurnAnswer:
    """Who is leaving that matters: names people, so it is only for who asked."""

    churn: Churn

    @property
    def heading(self) -> str:
        """Say what is at stake in all."""
        churn = self.churn
        return f"{churn.loss} is expected to be lost with {churn.source.customers:,} customers"

    @property
    def tables(self) -> list[Table]:
        head = ("Customer", "Segment", "No order", "Next year", "Spent", "Expected loss")
        rows = [risk_row(one) for one in self.churn.customers[:LINES]]
        left = len(self.churn.customers) - len(rows)
        return [("", [*table([head, *rows], (0, 1)), *more(left)])]

    @property
    def notes(self) -> list[str]:
        return [self.formula, source_line(self.churn.source), age_line(self.churn.age)]

    def to_text(self) -> str:
        return told(self)

    @property
    def formula(self) -> str:
        """Say what the expected loss is."""
        return (
            "Expected loss = value expected in 365 days x probability of no order within "
            f"{self.churn.source.horizon_days} days; sorted by {self.churn.by}."
        )

    def to_json(self) -> Json:
        churn = self.churn
        return {
            "insight": "churn",
            "by": churn.by,
            "formula": self.formula,
            **_source_json(churn.source),
            "expected_loss": _major(churn.loss),
            "currency": churn.loss.currency,
            "top": [_risk_json(one) for one in churn.customers],
            **_age_json(churn.age),
        }


@dataclass(frozen=True, slots=True)
class ProductsAnswer:
    """What each product brought, and who came back for it."""

    products: Products

    @property
    def heading(self) -> str:
        return f"Products by {self.products.by} since {self.products.first_day:%d %b %Y}"

    @property
    def tables(self) -> list[Table]:
        head = ("Product", "Revenue", "Orders", "Units", "Buyers", "Bought again")
        rows = [sale_row(sale) for sale in self.products.sales[:LINES]]
        left = len(self.products.sales) - len(rows)
        return [("", [*table([head, *rows]), *more(left)])]

    @property
    def notes(self) -> list[str]:
        return [
            "Revenue at the prices of the lines; bought again: on another day.",
            age_line(self.products.age),
        ]

    def to_text(self) -> str:
        return told(self)

    def to_json(self) -> Json:
        products = self.products
        return {
            "insight": "products",
            "by": products.by,
            "currency": products.currency,
            "since": products.first_day.isoformat(),
            "products": [_sale_json(sale) for sale in products.sales],
            **_age_json(products.age),
        }


InsightAnswer = CohortsAnswer | AffinityAnswer | SegmentsAnswer | ChurnAnswer | ProductsAnswer


def told(answer: Told) -> str:
    """Say it on a terminal."""
    lines = [answer.heading]
    for title, rows in answer.tables:
        lines += ["", title, *rows] if title else ["", *rows]
    return "\n".join([*lines, "", *answer.notes])


def table(rows: Sequence[Row], left: Sequence[int] = (0,)) -> list[str]:
    """Line columns up: those of words to the left, figures to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if place in left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def cohort_table(group: CohortGroup) -> list[str]:
    """Retention of the newest cohorts, by months since the first order."""
    shown = group.cohorts[-LINES:]
    width = min(COHORT_MONTHS, max((len(cohort.active) for cohort in shown), default=0))
    head = ("Cohort", "Customers", *(f"+{k}" for k in range(1, width)))
    rows = [
        (
            f"{cohort.month:%Y-%m}{'*' if cohort.is_left_censored else ''}",
            f"{cohort.customers:,}",
            *(percent(share, "·") for share in cohort.retention[1:width]),
        )
        for cohort in shown
    ]
    usual = ("usual", "", *(percent(share, "·") for share in group.usual_retention[1:width]))
    return table([head, *rows, usual])


def pair_row(pair: ProductPair) -> Row:
    return (
        f"{_short(pair.left)} + {_short(pair.right)}",
        f"{pair.count:,}",
        percent(pair.confidence),
        percent(pair.confidence_back),
        f"{pair.lift:.1f}",
    )


def segment_row(segment: SegmentSize) -> Row:
    before = segment.customers_before
    return (
        segment.name,
        f"{segment.customers:,}",
        percent(segment.share),
        "" if before is None else f"{segment.customers - before:+,}",
        str(segment.spend),
        str(segment.value),
        percent(segment.p_no_order) if segment.customers else "",
        segment.rule,
    )


def risk_row(one: CustomerAtRisk) -> Row:
    return (
        one.name or one.email or f"customer {one.customer_id}",
        one.segment,
        percent(one.p_no_order),
        str(one.value),
        str(one.spend),
        str(one.loss),
    )


def sale_row(sale: ProductSale) -> Row:
    return (
        _short(sale.product),
        str(sale.revenue),
        f"{sale.orders:,}",
        f"{sale.units:,}",
        f"{sale.buyers:,}",
        percent(sale.repeat_rate, "unknown"),
    )


def percent(share: float | None, unknown: str = "") -> str:
    """`12 %`; small shares keep a decimal."""
    if share is None:
        return unknown
    return f"{share:.1%}" if 0 < share < 0.1 else f"{share:.0%}"  # noqa: PLR2004 - ten percent


def more(count: int) -> list[str]:
    return [f"and {count:,} more"] if count > 0 else []


def _plural(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def age_line(age: DataAge) -> str:
    imported = f", imported {age.as_of:%d %b %Y %H:%M} UTC" if age.as_of else ""
    return f"Orders until {age.until:%d %b %Y}{imported}."


def source_line(source: ScoreSource) -> str:
    """Name the run the scores come from."""
    return (
        f"Model run {source.run_id} as of {source.as_of:%d %b %Y}, {source.customers:,} customers; "
        f"no order means none within {source.horizon_days} days."
    )


def _rule_row(rule: ProductRule) -> Row:
    left = " + ".join(_short(product) for product in rule.antecedent)
    share = percent(rule.confidence)
    return f"{left} → {_short(rule.consequent)}", f"{rule.count:,}", share, f"{rule.lift:.1f}"


def _short(product: Product) -> str:
    name = product.name
    return name if len(name) <= NAME_WIDTH else f"{name[: NAME_WIDTH - 1]}…"


def _group_json(group: CohortGroup) -> Json:
    return {
        "customers": group.customers,
        "usual_retention": list(group.usual_retention),
        "cohorts": [_cohort_json(cohort) for cohort in group.cohorts],
    }


def _cohort_json(cohort: Cohort) -> Json:
    return {
        "cohort": f"{cohort.month:%Y-%m}",
        "customers": cohort.customers,
        "left_censored": cohort.is_left_censored,
        "active": list(cohort.active),
        "retention": list(cohort.retention),
        "orders": list(cohort.orders),
        "value": [None if money is None else _major(money) for money in cohort.value],
    }


def _pair_json(pair: ProductPair) -> Json:
    return {
        "left": _product_json(pair.left),
        "right": _product_json(pair.right),
        "count": pair.count,
        "left_orders": pair.left_orders,
        "right_orders": pair.right_orders,
        "support": pair.support,
        "confidence": pair.confidence,
        "confidence_back": pair.confidence_back,
        "lift": pair.lift,
        "lift_lower": pair.lift_lower,
    }


def _rule_json(rule: ProductRule) -> Json:
    return {
        "antecedent": [_product_json(product) for product in rule.antecedent],
        "consequent": _product_json(rule.consequent),
        "count": rule.count,
        "antecedent_orders": rule.antecedent_count,
        "consequent_orders": rule.consequent_count,
        "support": rule.support,
        "confidence": rule.confidence,
        "confidence_lower": rule.confidence_lower,
        "lift": rule.lift,
    }


def _segment_json(segment: SegmentSize) -> Json:
    return {
        "segment": segment.name,
        "rule": segment.rule,
        "customers": segment.customers,
        "customers_before": segment.customers_before,
        "share": segment.share,
        "spend": _major(segment.spend),
        "expected_value_365": _major(segment.value),
        "p_no_order": segment.p_no_order if segment.customers else None,
    }


def _risk_json(one: CustomerAtRisk) -> Json:
    return {
        "customer_id": one.customer_id,
        "name": one.name,
        "email": one.email,
        "segment": one.segment,
        "churn_band": one.band,
        "p_no_order": one.p_no_order,
        "spend": _major(one.spend),
        "expected_value_365": _major(one.value),
        "expected_loss": _major(one.loss),
    }


def _sale_json(sale: ProductSale) -> Json:
    return {
        **_product_json(sale.product),
        "revenue": _major(sale.revenue),
        "orders": sale.orders,
        "units": sale.units,
        "buyers": sale.buyers,
        "repeat_buyers": sale.repeat_buyers,
        "repeat_rate": sale.repeat_rate,
    }


def _product_json(product: Product) -> Json:
    return {"sku": product.sku, "title": product.title}


def _source_json(source: ScoreSource) -> Json:
    return {
        "model_run": source.run_id,
        "as_of": source.as_of.isoformat(),
        "horizon_days": source.horizon_days,
        "customers": source.customers,
    }


def _age_json(age: DataAge) -> Json:
    return {
        "data_until": age.until.isoformat(),
        "data_as_of": age.as_of and age.as_of.isoformat(),
    }


def _major(money: Money) -> float:
    return float(money.major)
