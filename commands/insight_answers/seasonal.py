"""What an event of the year did, as words and as JSON."""

from dataclasses import dataclass

from commands.insight_answers.telling import told
from commands.insight_json import age_json, compared_json, lift_json, major
from commands.insight_tables import Row, Table, age_line, lift_words, percent, table
from commands.schemas.insights import ComparedJson, ReturnedJson, SeasonalJson, SeasonalTimeJson
from services.analytics.lifts import Lift
from services.days import day_and_month, spoken
from services.insights.results import Compared, Returned, Seasonal, SeasonalTime
from services.money import Money

LARGE = 100
"""From here on a decimal says nothing."""


@dataclass(frozen=True, slots=True)
class SeasonalAnswer:
    """What an event did beside usual weeks, each time and by segment."""

    seasonal: Seasonal

    @property
    def heading(self) -> str:
        """`Black Friday: orders 2.10 (1.40 to 3.00) times the usual`."""
        found = self.seasonal
        last = found.times[-1]
        if found.orders is None:
            when = f"{day_and_month(last.span.first)} to {spoken(last.span.last)}"
            lift = last.orders.lift
            said = (
                f"orders {lift_words(lift)} times the usual"
                if lift
                else "too little to compare with"
            )
            return f"{last.heading} ({when}): {said}"
        revenue = f", revenue {lift_words(found.revenue)} times" if found.revenue else ""
        lifts = [lift for lift in (found.orders, found.revenue) if lift]
        unclear = "" if any(lift.is_clear for lift in lifts) else "; no clear difference"
        said = f"orders {lift_words(found.orders)} times the usual{revenue}{unclear}"
        return f"{found.event}: {said}"

    @property
    def tables(self) -> list[Table]:
        """List the times, then what each segment did."""
        found = self.seasonal
        head: Row = ("", "Orders", "Usual", "Lift", "Revenue", "Lift")
        times = [self._row(each.heading, each.orders, each.revenue) for each in found.times]
        tables: list[Table] = [(f"{found.event}: {found.meaning}", table([head, *times]))]
        if found.parts:
            parts = [self._row(each.name, each.orders, each.revenue) for each in found.parts]
            title = "By segment on the day before, each time on average"
            tables.append((title, table([head, *parts])))
        return tables

    @property
    def notes(self) -> list[str]:
        found = self.seasonal
        returned = [_returned(found.returned)] if found.returned else []
        return [
            "Lift: how many times the usual, with its 95% range.",
            *returned,
            *found.notes,
            age_line(found.age),
        ]

    @property
    def picture(self) -> Seasonal | None:
        """Draw when anything could be compared."""
        return self.seasonal if self._lifts else None

    @property
    def _lifts(self) -> list[tuple[str, Lift]]:
        lifts = [(time.heading, time.orders.lift) for time in self.seasonal.times]
        lifts += [(part.name, part.orders.lift) for part in self.seasonal.parts]
        return [(name, lift) for name, lift in lifts if lift]

    @property
    def alt_text(self) -> str:
        """Say what is drawn to who cannot see it."""
        listed = [f"{name} {lift_words(lift)}" for name, lift in self._lifts]
        return f"Orders, times the usual, with 95% ranges. {'; '.join(listed)}."

    def to_text(self) -> str:
        return told(self)

    def to_json(self) -> SeasonalJson:
        found = self.seasonal
        return {
            "insight": "seasonal",
            "event": found.event,
            "meaning": found.meaning,
            "currency": found.currency,
            "orders_lift": lift_json(found.orders),
            "revenue_lift": lift_json(found.revenue),
            "times": [self._time_json(each) for each in found.times],
            "segments": [
                {
                    "segment": each.name,
                    "orders": _orders_json(each.orders),
                    "revenue": self._revenue_json(each.revenue),
                }
                for each in found.parts
            ],
            "returned": _returned_json(found.returned) if found.returned else None,
            "notes": list(found.notes),
            **age_json(found.age),
        }

    def _row(self, name: str, orders: Compared, revenue: Compared) -> Row:
        return (
            name,
            _count(orders.event),
            _count(orders.usual),
            lift_words(orders.lift),
            self._amount(revenue.event).rounded,
            lift_words(revenue.lift),
        )

    def _time_json(self, time: SeasonalTime) -> SeasonalTimeJson:
        return {
            "name": time.name,
            "first_day": time.span.first.isoformat(),
            "last_day": time.span.last.isoformat(),
            "is_over": time.is_over,
            "usual_stretches": time.usual_stretches,
            "orders": _orders_json(time.orders),
            "revenue": self._revenue_json(time.revenue),
        }

    def _revenue_json(self, revenue: Compared) -> ComparedJson:
        return compared_json(revenue, lambda minor: major(self._amount(minor)))

    def _amount(self, minor: float) -> Money:
        return Money(round(minor), self.seasonal.currency)


def _count(figure: float | None) -> str:
    if figure is None:
        return "unknown"
    is_whole = float(figure).is_integer() or figure >= LARGE
    return f"{figure:,.0f}" if is_whole else f"{figure:,.1f}"


def _returned(found: Returned) -> str:
    own = percent(found.came_back / found.newcomers)
    usual = percent(found.usual_came_back / found.usual_newcomers)
    return (
        f"Of {found.newcomers:,} customers with their first order then, {own} ordered again within "
        f"{found.days} days; of {found.usual_newcomers:,} from usual weeks {usual}."
    )


def _orders_json(orders: Compared) -> ComparedJson:
    return compared_json(orders, lambda count: count)


def _returned_json(found: Returned) -> ReturnedJson:
    return {
        "within_days": found.days,
        "newcomers": found.newcomers,
        "came_back": found.came_back,
        "usual_newcomers": found.usual_newcomers,
        "usual_came_back": found.usual_came_back,
    }
