"""What the bot and the process that adds up what products brought tell each other."""

from dataclasses import dataclass, field

from storage.insights import ProductOrder


@dataclass(frozen=True, slots=True)
class ProductTask:
    """Which days to look at, and which products to tell: those with most of something."""

    database_url: str = field(repr=False)  # it may hold a password
    days: tuple[int, int]
    by: ProductOrder
    limit: int


@dataclass(frozen=True, slots=True)
class SoldProduct:
    """Revenue is at the prices of the lines, minor units; buyers are known customers."""

    product_id: int
    orders: int
    units: int
    revenue: int
    buyers: int
    repeat_buyers: int
    """Those who bought it on at least two days."""


@dataclass(frozen=True, slots=True)
class SoldProducts:
    """Those with most; `found` counts what was left out, too."""

    found: int
    products: list[SoldProduct]
