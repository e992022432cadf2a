"""What the customer models know of each customer: five numbers out of SQL."""

from dataclasses import dataclass

import numpy as np

from services.analytics.arrays import FloatArray, IntArray

SMALLEST_REPEAT_BASE = 100
FURTHEST_HORIZON_DAYS = 1095


@dataclass(frozen=True, slots=True)
class CustomerHistory:
    """One entry a customer in every array; days are whole, money is in major units.

    `frequency`: repeat purchase days (several orders on one day are one purchase).
    `recency_days`: from the first to the last purchase day; 0 for one-time buyers.
    `age_days`: from the first purchase day to the day scored as of, which counts as seen.
    `monetary`: mean value of the repeat purchases; whatever stands there is unused at frequency 0.
    `spend`: value of all purchases so far, for the segments.
    """

    frequency: IntArray
    recency_days: IntArray
    age_days: IntArray
    monetary: FloatArray
    spend: FloatArray

    def __post_init__(self) -> None:
        sizes = {getattr(self, name).shape for name in self.__slots__}
        if len(sizes) != 1 or len(next(iter(sizes))) != 1:
            raise ValueError("Every array of a history needs one entry a customer.")
        if self.frequency.size and (
            (self.frequency < 0).any()
            or (self.recency_days < 0).any()
            or (self.recency_days > self.age_days).any()
            or ((self.frequency > 0) != (self.recency_days > 0)).any()
        ):
            raise ValueError("A purchase lies before the first one or after the day of scoring.")

    @property
    def size(self) -> int:
        return self.frequency.size

    @property
    def repeat_customers(self) -> int:
        return int(np.count_nonzero(self.frequency))

    @property
    def days_since_last(self) -> IntArray:
        return self.age_days - self.recency_days

    def take(self, which: IntArray) -> "CustomerHistory":
        """Keep the customers at these positions, in this order."""
        return CustomerHistory(
            self.frequency[which],
            self.recency_days[which],
            self.age_days[which],
            self.monetary[which],
            self.spend[which],
        )

    def sample(self, customers: int, seed: int) -> "CustomerHistory":
        """Draw customers without replacement; everybody if there are no more than that."""
        if self.size <= customers:
            return self
        chosen = np.random.default_rng(seed).choice(self.size, customers, replace=False)
        return self.take(np.sort(chosen))
