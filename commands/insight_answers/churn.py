"""Who is leaving, as words and as JSON."""

from dataclasses import dataclass

from commands.insight_answers.telling import told
from commands.insight_json import age_json, major, risk_json, source_json, stake_json
from commands.insight_tables import LINES, Table, age_line, more, risk_row, source_line, table
from commands.schemas.insights import ChurnJson, ChurnTotalsJson
from services.insights.request import ChurnOrder
from services.insights.results import Churn
from services.money import Money

RANKED: dict[str, str] = {
    ChurnOrder.VALUE: "Customers expected to spend most",
    ChurnOrder.SPEND: "Customers who spent most",
    ChurnOrder.PROBABILITY: "Customers least likely to order again",
}
"""What comes first, unless it is who would cost most."""


@dataclass(frozen=True, slots=True)
class ChurnAnswer:
    """Who is leaving that matters: names people, so it is only for who asked."""

    churn: Churn

    @property
    def heading(self) -> str:
        """Say what is at stake in all."""
        churn = self.churn
        who = f" in segment {churn.segment}" if churn.segment else ""
        lost = f"{churn.loss.rounded} is expected to be lost with {churn.size:,} customers{who}"
        return f"{RANKED[churn.by]}: {lost}" if churn.by in RANKED else lost

    @property
    def tables(self) -> list[Table]:
        head = ("Customer", "Segment", "No order", "Value", "Spent", "Loss")
        rows = [risk_row(one) for one in self.churn.customers[:LINES]]
        left = self.churn.size - len(rows)
        return [("", [*table([head, *rows], (0, 1)), *more(left)])]

    @property
    def notes(self) -> list[str]:
        return [self.formula, source_line(self.churn.source), age_line(self.churn.age)]

    @property
    def picture(self) -> Churn | None:
        return self.churn if self.churn.loss.minor > 0 else None

    @property
    def alt_text(self) -> str:
        """Say what the bars show to who cannot see them."""
        losses: dict[str, int] = {}
        for stake in self.churn.stakes:
            losses[stake.segment] = losses.get(stake.segment, 0) + stake.loss.minor
        listed = [
            f"{name} {Money(loss, self.churn.currency).rounded}" for name, loss in losses.items()
        ]
        return f"Bars of the expected loss by segment. {'; '.join(listed)}."

    def to_text(self) -> str:
        return told(self)

    @property
    def formula(self) -> str:
        """Say what the expected loss is."""
        return (
            "Expected loss = value expected in 365 days x probability of no order within "
            f"{self.churn.source.horizon_days} days; sorted by {self.churn.by}."
        )

    def totals_json(self) -> ChurnTotalsJson:
        """Tell what is at stake, naming nobody."""
        churn = self.churn
        return {
            "insight": "churn",
            "by": churn.by,
            "segment": churn.segment,
            "formula": self.formula,
            **source_json(churn.source),
            "expected_loss": major(churn.loss),
            "currency": churn.currency,
            "at_stake": [stake_json(stake) for stake in churn.stakes],
            **age_json(churn.age),
        }

    def to_json(self) -> ChurnJson:
        return {**self.totals_json(), "top": [risk_json(one) for one in self.churn.customers]}
