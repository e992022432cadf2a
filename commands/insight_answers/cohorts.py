"""Who came back, as words and as JSON."""

from collections.abc import Container
from dataclasses import dataclass

from commands.insight_answers.telling import told
from commands.insight_json import age_json, group_json
from commands.insight_tables import Table, age_line, cohort_table, percent, usual_table
from commands.plurals import plural
from commands.schemas.insights import CohortsJson
from services.insights.results import CohortGroup, Cohorts

TOLD_MONTHS = (1, 3, 6, 12)
COMPARED_MONTH = 3
"""Late enough to tell parts apart, and soon known."""
NAMED_PARTS = 3


@dataclass(frozen=True, slots=True)
class CohortsAnswer:
    """Who came back, by month of first order."""

    cohorts: Cohorts

    @property
    def heading(self) -> str:
        """`Usually 20% order again 1 month after their first order, 24% after 3; until …`.

        Of customers who were divided: `24% …, by country GB 24%, DE 29%; until …`.
        """
        until = f"until {self.cohorts.last_month:%B %Y}"
        if self.cohorts.compared:
            return f"{self._beside_each_other}; {until}"
        usual = dict(enumerate(self.cohorts.whole.usual_retention))
        known = [(later, usual[later]) for later in TOLD_MONTHS if usual.get(later) is not None]
        if not known:
            return f"Share of each cohort that ordered again, {until}"
        (first, share), *later = known
        more = "".join(f", {percent(share)} after {months}" for months, share in later)
        after = f"{plural(first, 'month')} after their first order"
        return f"Usually {percent(share)} order again {after}{more}; {until}"

    @property
    def tables(self) -> list[Table]:
        """Tell retention by months since the first order; a dot is a month that is not over.

        What is usual of the parts stands beside the whole, before the cohorts of each.
        """
        compared, parts = self.cohorts.compared, self.cohorts.parts
        title = f"Usually, by {self.cohorts.by_what}"
        first = [(title, usual_table(compared))] if compared else []
        groups = parts if compared else (self.cohorts.whole, *parts)
        told = [(f"{group.name}, {group.customers:,}", cohort_table(group)) for group in groups]
        return [*first, *told]

    @property
    def notes(self) -> list[str]:
        return [*self.cohorts.notes, age_line(self.cohorts.age)]

    @property
    def picture(self) -> Cohorts | None:
        """Draw when there is a month after any first order."""
        is_drawn = any(len(cohort.active) > 1 for cohort in self.cohorts.whole.cohorts)
        return self.cohorts if is_drawn else None

    @property
    def alt_text(self) -> str:
        """Say what the heat-map shows to who cannot see it."""
        whole, until = self.cohorts.whole, f"until {self.cohorts.last_month:%B %Y}"
        if self.cohorts.compared:
            listed = "; ".join(
                f"{group.name}: {', '.join(_usual(group, TOLD_MONTHS)) or 'unknown'}"
                for group in self.cohorts.compared
            )
            what = f"the share that usually ordered again, by {self.cohorts.by_what}"
            return f"Heat-map of {what} and months since the first order, {until}. {listed}."
        known = _usual(whole)
        usual = f" Usually {', '.join(known[:6])} ordered again." if known else ""
        return (
            f"Heat-map of {plural(len(whole.cohorts), 'monthly cohort')} by months since the "
            f"first order, {until}.{usual}"
        )

    @property
    def _beside_each_other(self) -> str:
        """Tell the parts with most customers, at a month that is known of the whole."""
        whole, *parts = self.cohorts.compared
        known = [k for k, share in enumerate(whole.usual_retention) if k and share is not None]
        month = max((k for k in known if k <= COMPARED_MONTH), default=known[0])
        told = [
            f"{group.name} {percent(group.usual_retention[month])}"
            for group in parts[:NAMED_PARTS]
            if group.usual_retention[month:] and group.usual_retention[month] is not None
        ]
        usual = f"Usually {percent(whole.usual_retention[month])} order again"
        after = f"{plural(month, 'month')} after their first order"
        return f"{usual} {after}, by {self.cohorts.by_what} {', '.join(told) or 'unknown'}"

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


def _usual(group: CohortGroup, months: Container[int] | None = None) -> list[str]:
    """`24% after 3 months` for each month that is known, or for these."""
    return [
        f"{percent(share)} after {plural(later, 'month')}"
        for later, share in enumerate(group.usual_retention)
        if later and share is not None and (months is None or later in months)
    ]
