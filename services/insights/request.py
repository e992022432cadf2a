"""What a person wants to know of the shop."""

from dataclasses import dataclass

from services.errors import WrongInputError
from services.insights.events import Event, Span
from services.insights.results import Thresholds
from storage.insights import ChurnOrder, Cut, ProductOrder, SegmentCut

USUAL_COUNT = 20
"""Orders two products must share to be a finding, when nothing else was asked for."""
USUAL_TOP = 100
USUAL_FINDINGS = 10_000
"""Machines want them all; people see the first few."""
MOST = 1_000_000
LONGEST_MONTHS = 600


@dataclass(frozen=True, slots=True)
class CohortRequest:
    """`months` limits what is listed, not what is counted."""

    by: Cut | None = None
    months: int | None = None


@dataclass(frozen=True, slots=True)
class AffinityRequest:
    """`product` is an SKU or words of a title; with rules, sets of any length are searched."""

    product: str = ""
    min_count: int | None = None
    min_support: float | None = None
    min_confidence: float | None = None
    with_rules: bool = False
    months: int | None = None
    top: int = USUAL_FINDINGS

    def __post_init__(self) -> None:
        for name, share in (("support", self.min_support), ("confidence", self.min_confidence)):
            if share is not None and not 0 <= share <= 1:
                raise WrongInputError(
                    f"The minimum {name} is a share from 0 to 1, such as 0.01 or 1%."
                )

    @property
    def thresholds(self) -> Thresholds:
        """A minimum support stands for itself; without any, few orders are no finding."""
        usual = USUAL_COUNT if self.min_support is None else 1
        count = usual if self.min_count is None else self.min_count
        return Thresholds(count, self.min_support or 0.0, self.min_confidence or 0.0)


@dataclass(frozen=True, slots=True)
class SegmentsRequest:
    by: SegmentCut | None = None


@dataclass(frozen=True, slots=True)
class ChurnRequest:
    """`segment` is a place in SEGMENTS; None: everybody."""

    by: ChurnOrder = ChurnOrder.LOSS
    top: int = USUAL_TOP
    segment: int | None = None


@dataclass(frozen=True, slots=True)
class ProductsRequest:
    by: ProductOrder = ProductOrder.REVENUE
    months: int | None = None
    top: int = USUAL_TOP


@dataclass(frozen=True, slots=True)
class SeasonalRequest:
    """An event by name, or any days as if they were one."""

    event: Event | Span


InsightRequest = (
    CohortRequest
    | AffinityRequest
    | SegmentsRequest
    | ChurnRequest
    | ProductsRequest
    | SeasonalRequest
)

__all__ = [
    "AffinityRequest",
    "ChurnOrder",
    "ChurnRequest",
    "CohortRequest",
    "Cut",
    "InsightRequest",
    "ProductOrder",
    "ProductsRequest",
    "SeasonalRequest",
    "SegmentCut",
    "SegmentsRequest",
]
