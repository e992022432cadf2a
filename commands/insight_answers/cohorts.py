"""Who came back, as words and as JSON."""

from dataclasses import dataclass

from commands.insight_answers.telling import told
from commands.insight_json import age_json, group_json
from commands.insight_tables import Table, age_line, cohort_table, percent
from commands.plurals import plural
from commands.schemas.insights import CohortsJson
from services.insights.results import Cohorts

TOLD_MONTHS = (1, 3, 6, 12)


@dataclass(frozen=True, slots=True)
class CohortsAnswer:
    """Who came back, by month of first order."""

    cohorts: Cohorts

    @property
    def heading(self) -> str:
        """`Usually 20% order again 1 month after their first order, 24% after 3; until …`."""
        until = f"until {self.cohorts.last_month:%B %Y}"
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
        """Tell retention by months since the first order; a dot is a month that is not over."""
        groups = (self.cohorts.whole, *self.cohorts.parts)
        return [(f"{group.name}, {group.customers:,}", cohort_table(group)) for group in groups]

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
