"""Insights as words and as JSON: amounts in major units, unknown figures null, never zero."""

from dataclasses import dataclass
from typing import Protocol

from commands.insight_json import (
    age_json,
    group_json,
    major,
    pair_json,
    product_json,
    risk_json,
    rule_json,
    sale_json,
    segment_json,
    source_json,
)
from commands.insight_tables import (
    LINES,
    Row,
    Table,
    age_line,
    cohort_table,
    more,
    pair_row,
    percent,
    plural,
    risk_row,
    rule_row,
    sale_row,
    segment_row,
    source_line,
    table,
)
from commands.schemas.insights import (
    AffinityJson,
    ChurnJson,
    CohortsJson,
    ProductsJson,
    SegmentsJson,
)
from services.insights.results import Affinity, Churn, Cohorts, Products, Segments


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
            f"{percent(share)} after {plural(later, 'month')}"
            for later, share in enumerate(whole.usual_retention)
            if later and share is not None
        ]
        usual = f" Usually {', '.join(known[:6])} ordered again." if known else ""
        return (
            f"Heat-map of {plural(len(whole.cohorts), 'monthly cohort')} by months since the "
            f"first order, until {self.cohorts.last_month:%B %Y}.{usual}"
        )

    def to_text(self) -> str:
        return told(self)

    def to_json(self) -> CohortsJson:
        cohorts = self.cohorts
        return {
            "insight": "cohorts",
            "by": cohorts.by,
            "currency": cohorts.currency,
            "last_month": f"{cohorts.last_month:%Y-%m}",
            **group_json(cohorts.whole),
            "parts": [{"name": part.name, **group_json(part)} for part in cohorts.parts],
            "notes": list(cohorts.notes),
            **age_json(cohorts.age),
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
            rows = [rule_row(rule) for rule in affinity.rules[:LINES]]
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

    def to_json(self) -> AffinityJson:
        affinity, age = self.affinity, age_json(self.affinity.age)
        found: AffinityJson = {
            "insight": "affinity",
            "product": product_json(affinity.product) if affinity.product else None,
            "min_count": affinity.thresholds.count,
            "min_support": affinity.thresholds.support,
            "min_confidence": affinity.thresholds.confidence,
            "orders": affinity.orders,
            "found": affinity.found,
            "since": affinity.first_day.isoformat(),
            "data_until": age["data_until"],
            "data_as_of": age["data_as_of"],
        }
        if affinity.rules is None:
            return {**found, "pairs": [pair_json(pair) for pair in affinity.pairs]}
        return {**found, "rules": [rule_json(rule) for rule in affinity.rules]}


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

    def to_json(self) -> SegmentsJson:
        segments = self.segments
        return {
            "insight": "segments",
            **source_json(segments.source),
            "compared_with": segments.compared_with.isoformat() if segments.compared_with else None,
            "segments": [segment_json(segment) for segment in segments.segments],
            **age_json(segments.age),
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

    def to_json(self) -> ChurnJson:
        churn = self.churn
        return {
            "insight": "churn",
            "by": churn.by,
            "formula": self.formula,
            **source_json(churn.source),
            "expected_loss": major(churn.loss),
            "currency": churn.loss.currency,
            "top": [risk_json(one) for one in churn.customers],
            **age_json(churn.age),
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
        head = ("Product", "Revenue", "Orders", "Units", "Buyers", "Bought again", "Tickets/100")
        rows = [sale_row(sale) for sale in self.products.sales[:LINES]]
        left = len(self.products.sales) - len(rows)
        return [("", [*table([head, *rows]), *more(left)])]

    @property
    def notes(self) -> list[str]:
        return [
            "Revenue at the prices of the lines; bought again: on another day.",
            self._tickets,
            age_line(self.products.age),
        ]

    def to_text(self) -> str:
        return told(self)

    @property
    def _tickets(self) -> str:
        counted = self.products.tickets
        if counted is None:
            return "Tickets per 100 orders: unknown until every Gorgias ticket has been read once."
        return (
            f"Tickets per 100 orders: {counted[1]:,} of the {counted[0]:,} tickets of that time "
            "name a product their customer ordered."
        )

    def to_json(self) -> ProductsJson:
        products = self.products
        return {
            "insight": "products",
            "by": products.by,
            "currency": products.currency,
            "since": products.first_day.isoformat(),
            "products": [sale_json(sale) for sale in products.sales],
            **age_json(products.age),
        }


InsightAnswer = CohortsAnswer | AffinityAnswer | SegmentsAnswer | ChurnAnswer | ProductsAnswer


def told(answer: Told) -> str:
    """Say it on a terminal."""
    lines = [answer.heading]
    for title, rows in answer.tables:
        lines += ["", title, *rows] if title else ["", *rows]
    return "\n".join([*lines, "", *answer.notes])
