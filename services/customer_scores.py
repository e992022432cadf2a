"""What to expect of one customer, and why: figures of the active run, with their inputs."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from services.analytics.segments import SEGMENTS
from services.days import to_date
from services.money import Money
from services.scoring.task import CHURN_BANDS
from storage.profiles import StoredScores
from storage.scores import ModelRun

YEAR_DAYS = 365
ABSENT = "Not scored yet: nothing bought when customers were last scored."


@dataclass(frozen=True, slots=True)
class CustomerScores:
    """Expected value and orders are of the 365 days after `as_of`; bounds are 80 % likely."""

    run_id: int
    as_of: date
    horizon_days: int
    """Of churn: no order within so many days."""
    purchases: int
    """Days with an order."""
    first_to_last_days: int
    days_since_first: int
    repeat_value: Money
    """Mean of the days after the first."""
    p_alive: float
    p_no_order: float
    band: str
    orders: float
    orders_lo80: int
    orders_hi80: int
    value: Money
    value_lo80: Money
    value_hi80: Money
    next_order: date | None
    """By then the next order has come with probability one half; None: no date."""
    segment: str
    segment_rule: str

    @property
    def days_since_last(self) -> int:
        return self.days_since_first - self.first_to_last_days


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where a customer's figures come from; `backtest` is None for too short a history."""

    name: str
    scores: CustomerScores
    method: str
    parameters: dict[str, Any]
    customers: int
    repeat_customers: int
    backtest: dict[str, Any] | None


def read_scores(stored: StoredScores, currency: str) -> CustomerScores:
    """Name what the table keeps as numbers."""
    segment, day = SEGMENTS[stored.segment], stored.next_order_q50
    return CustomerScores(
        run_id=stored.run_id,
        as_of=to_date(stored.as_of_day),
        horizon_days=stored.horizon_days,
        purchases=stored.frequency + 1,
        first_to_last_days=stored.recency_days,
        days_since_first=stored.age_days,
        repeat_value=Money(stored.monetary, currency),
        p_alive=stored.p_alive,
        p_no_order=stored.p_no_order,
        band=CHURN_BANDS[stored.churn_band],
        orders=stored.orders_365,
        orders_lo80=stored.orders_365_lo80,
        orders_hi80=stored.orders_365_hi80,
        value=Money(stored.value_365, currency),
        value_lo80=Money(stored.value_365_lo80, currency),
        value_hi80=Money(stored.value_365_hi80, currency),
        next_order=None if day is None else to_date(day),
        segment=segment.name,
        segment_rule=segment.rule,
    )


def explain(name: str, scores: CustomerScores, run: ModelRun) -> Explanation:
    """Put a customer's figures beside the run they come from."""
    return Explanation(
        name=name,
        scores=scores,
        method=run.method,
        parameters=run.parameters,
        customers=run.customers,
        repeat_customers=run.repeat_customers,
        backtest=run.backtest,
    )
