"""What the bot and the process that looks for products bought together tell each other."""

from dataclasses import dataclass, field

from services.insights.results import ProductPair, ProductRule, Thresholds


@dataclass(frozen=True, slots=True)
class BasketTask:
    """Which orders to look at, and what to look for; `product_id` limits pairs to one product."""

    database_url: str = field(repr=False)  # it may hold a password
    days: tuple[int, int]
    thresholds: Thresholds
    product_id: int | None
    with_rules: bool
    limit: int


@dataclass(frozen=True, slots=True)
class FoundBaskets:
    """`found` counts what was left out, too."""

    orders: int
    found: int
    pairs: tuple[ProductPair, ...] = ()
    rules: tuple[ProductRule, ...] = ()


@dataclass(frozen=True, slots=True)
class TooManyCombinations:
    """The thresholds are so low that the search would not end."""

    sentence: str
