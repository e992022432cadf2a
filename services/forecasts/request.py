"""What a person wants to have forecast, and how that is written."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from services.errors import WrongInputError


class Metric(StrEnum):
    REVENUE = "revenue"
    ORDERS = "orders"
    CUSTOMERS = "customers"
    UNITS = "units"
    TICKETS = "tickets"


class By(StrEnum):
    SEGMENT = "segment"
    PRODUCT = "product"
    CHANNEL = "channel"
    COUNTRY = "country"


POSSIBLE = {
    Metric.REVENUE: frozenset(By),
    Metric.ORDERS: frozenset({By.SEGMENT, By.CHANNEL, By.COUNTRY}),
    Metric.CUSTOMERS: frozenset({By.SEGMENT}),
    Metric.UNITS: frozenset(By),
    Metric.TICKETS: frozenset[By](),
}
"""Parts that add up: an order holds several products, a customer may use two channels a day."""

UNITS_OF_TIME = {"d": "day", "w": "week", "m": "month"}
LONGEST = {"d": 366, "w": 104, "m": 24}
MOST_PROMOTIONS = 30
LONGEST_PRODUCT = 100


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far to look ahead."""

    count: int
    unit: Literal["d", "w", "m"]

    def __post_init__(self) -> None:
        if not 1 <= self.count <= LONGEST[self.unit]:
            most = LONGEST[self.unit]
            raise WrongInputError(
                f"A horizon has 1 to {most} {UNITS_OF_TIME[self.unit]}s, not {self.count:,}."
            )

    @property
    def days(self) -> int:
        return {"d": self.count, "w": 7 * self.count, "m": round(365.25 / 12 * self.count)}[
            self.unit
        ]

    @property
    def code(self) -> str:
        return f"{self.count}{self.unit}"

    def __str__(self) -> str:
        return f"{self.count} {UNITS_OF_TIME[self.unit]}{'' if self.count == 1 else 's'}"


DEFAULT_HORIZON = Horizon(4, "w")


@dataclass(frozen=True, slots=True)
class Offer:
    """Days of a promotion, both included."""

    start: date
    end: date

    def __str__(self) -> str:
        return f"{self.start}" if self.start == self.end else f"{self.start}..{self.end}"


@dataclass(frozen=True, slots=True)
class ForecastRequest:
    """`product` is an SKU or words of a title, for units only; empty: all products."""

    metric: Metric
    horizon: Horizon = DEFAULT_HORIZON
    by: By | None = None
    product: str = ""
    promotions: tuple[Offer, ...] = ()

    def __post_init__(self) -> None:
        if self.by and self.by not in POSSIBLE[self.metric]:
            possible = ", ".join(sorted(POSSIBLE[self.metric])) or "nothing"
            raise WrongInputError(
                f"The parts of {self.metric} by {self.by} would not add up; {self.metric} can be "
                f"divided by {possible}."
            )
        if self.product and self.by is By.PRODUCT:
            raise WrongInputError("One product cannot be divided by product.")
        if len(self.product) > LONGEST_PRODUCT:
            raise WrongInputError("That is too long for a product; write its SKU.")
        if len(self.promotions) > MOST_PROMOTIONS:
            raise WrongInputError(f"At most {MOST_PROMOTIONS} promotions can be told.")

    @property
    def text(self) -> str:
        """The request as it can be typed after /forecast."""
        words = [str(self.metric)]
        words += [self.product] if self.product else []
        words.append(self.horizon.code)
        words += [f"by {self.by}"] if self.by else []
        words += ["promo", *map(str, self.promotions)] if self.promotions else []
        return " ".join(words)
