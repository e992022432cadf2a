"""What the bot and the process that looks for products bought together tell each other."""

from dataclasses import dataclass, field

from services.insights.results import Thresholds


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
class FoundPair:
    left: int
    right: int
    count: int
    left_orders: int
    right_orders: int
    lift: float
    lift_lower: float


@dataclass(frozen=True, slots=True)
class FoundRule:
    antecedent: tuple[int, ...]
    consequent: int
    count: int
    antecedent_count: int
    consequent_count: int
    confidence_lower: float
    lift: float


@dataclass(frozen=True, slots=True)
class FoundBaskets:
    """Products are ids of the table; `found` counts what was left out, too."""

    orders: int
    found: int
    pairs: tuple[FoundPair, ...] = ()
    rules: tuple[FoundRule, ...] = ()

    @property
    def products(self) -> set[int]:
        paired = {product for pair in self.pairs for product in (pair.left, pair.right)}
        return paired.union(*((*rule.antecedent, rule.consequent) for rule in self.rules))


@dataclass(frozen=True, slots=True)
class TooManyCombinations:
    """The thresholds are so low that the search would not end."""

    sentence: str
