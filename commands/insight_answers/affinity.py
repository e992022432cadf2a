"""What is bought together, as words and as JSON."""

from dataclasses import dataclass

from commands.insight_answers.telling import SPOKEN, told
from commands.insight_json import age_json, pair_json, product_json, rule_json
from commands.insight_tables import (
    LINES,
    Row,
    Table,
    age_line,
    more,
    pair_row,
    percent,
    rule_row,
    table,
)
from commands.plurals import plural
from commands.schemas.insights import AffinityJson
from services.days import spoken
from services.insights.results import Affinity

_LIFT = "Lift: times as often as by chance; what is least likely chance comes first."
PAIRS_LEGEND = (
    "Share: of the orders with the first product, those with the second, too; back: the other way "
    f"round. {_LIFT}"
)
RULES_LEGEND = f"Share: of the orders with all on the left, those with the right one, too. {_LIFT}"


@dataclass(frozen=True, slots=True)
class AffinityAnswer:
    """What is bought together."""

    affinity: Affinity

    @property
    def tables(self) -> list[Table]:
        """List the findings that are least likely chance."""
        affinity, title = self.affinity, ""
        head: Row
        if affinity.rules is not None:
            head, names = ("Orders", "Share", "Lift", "Who buys … buys"), 3
            rows = [rule_row(rule) for rule in affinity.rules[:LINES]]
        elif affinity.product:
            title = f"Together with {affinity.product.name}"
            head, names = ("Product", "Orders", "Share", "Back", "Lift"), 0
            rows = [pair_row(pair, of_one=True) for pair in affinity.pairs[:LINES]]
        else:
            head, names = ("Orders", "Share", "Back", "Lift", "Together"), 4
            rows = [pair_row(pair, of_one=False) for pair in affinity.pairs[:LINES]]
        lines = [*table([head, *rows], (names,)), *more(affinity.found - len(rows))]
        return [(title, lines)] if rows else []

    @property
    def notes(self) -> list[str]:
        """Say what the columns are, and how old the orders."""
        first = self.affinity.first_day
        legend = RULES_LEGEND if self.affinity.rules is not None else PAIRS_LEGEND
        return [legend, f"Orders since {spoken(first)}.", age_line(self.affinity.age)]

    @property
    def picture(self) -> Affinity | None:
        return self.affinity if self.affinity.pairs or self.affinity.rules else None

    @property
    def alt_text(self) -> str:
        """Say what is drawn to who cannot see it."""
        affinity = self.affinity
        if affinity.rules:
            told_rules = [
                f"{' + '.join(product.name for product in rule.antecedent)} → "
                f"{rule.consequent.name} in {percent(rule.confidence)}"
                for rule in affinity.rules[:SPOKEN]
            ]
            return f"Bars of what leads to what, in % of orders. {'; '.join(told_rules)}."
        told_pairs = [
            f"{pair.left.name} + {pair.right.name} {pair.lift:.1f} times in {pair.count:,} orders"
            for pair in affinity.pairs[:SPOKEN]
        ]
        return f"Products bought together, times as often as by chance. {'; '.join(told_pairs)}."

    def to_text(self) -> str:
        return told(self)

    @property
    def heading(self) -> str:
        """Say what was looked for, and how much was found."""
        affinity = self.affinity
        least, orders = affinity.thresholds, f"{affinity.orders:,} orders"
        of = f" with {affinity.product.name}" if affinity.product else ""
        asked = [f"support {least.support:g}"] if least.support else []
        asked += [f"confidence {least.confidence:g}"] if least.confidence else []
        what = "pair" if affinity.rules is None else "rule"
        if not affinity.found:
            count = [f"at least {plural(least.count, 'order')}"] if least.count > 1 else []
            return f"No {what}s{of} with {', '.join([*count, *asked])} in {orders}."
        also = f" ({', '.join(asked)})" if asked else ""
        within = f"at least {least.count:,} of {orders}" if least.count > 1 else orders
        return f"{plural(affinity.found, what)}{of} found in {within}{also}"

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
