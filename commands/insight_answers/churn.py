"""Who is leaving, as words and as JSON."""

from dataclasses import dataclass

from commands.insight_answers.telling import told
from commands.insight_json import age_json, major, risk_json, source_json
from commands.insight_tables import LINES, Table, age_line, more, risk_row, source_line, table
from commands.schemas.insights import ChurnJson, ChurnTotalsJson
from services.insights.results import Churn, ChurnTotals, ScoreSource


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
        return f"{_formula(self.churn.source)}; sorted by {self.churn.by}."

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


def churn_totals_json(churn: ChurnTotals) -> ChurnTotalsJson:
    """Tell what is expected to be lost, naming nobody."""
    return {
        "insight": "churn",
        "formula": f"{_formula(churn.source)}.",
        **source_json(churn.source),
        "expected_loss": major(churn.loss),
        "currency": churn.loss.currency,
        "bands": [
            {
                "churn_band": each.band,
                "customers": each.customers,
                "expected_value_365": major(each.value),
                "expected_loss": major(each.loss),
            }
            for each in churn.bands
        ],
        **age_json(churn.age),
    }


def _formula(source: ScoreSource) -> str:
    return (
        "Expected loss = value expected in 365 days x probability of no order within "
        f"{source.horizon_days} days"
    )
