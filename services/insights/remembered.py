"""Insights that were asked for lately.

What counts a whole shop takes seconds on millions of orders and changes only with an import or a
score run, whose versions are part of the key. Lists of people are not kept.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import TypeAdapter

from services import days
from services.insights import Insights
from services.insights.request import (
    AffinityRequest,
    ChurnRequest,
    CohortRequest,
    SeasonalRequest,
    SegmentsRequest,
)
from services.insights.results import Affinity, Churn, Cohorts, Seasonal, Segments
from services.scoring.storing import KIND
from storage import scores
from storage.cache import Cache, Namespace
from storage.database import Lane

Result = TypeVar("Result")

SECONDS = 600.0
MOST = 64
"""Of each kind: a caller may ask for thousands of thresholds, each a long answer."""

COHORTS = Namespace("insights_cohorts", SECONDS, TypeAdapter(Cohorts), MOST)
AFFINITY = Namespace("insights_affinity", SECONDS, TypeAdapter(Affinity), MOST)
SEGMENTS = Namespace("insights_segments", SECONDS, TypeAdapter(Segments), MOST)
CHURN = Namespace("insights_churn", SECONDS, TypeAdapter(Churn), MOST)
SEASONAL = Namespace("insights_seasonal", SECONDS, TypeAdapter(Seasonal), MOST)


@dataclass(frozen=True, slots=True)
class RememberedInsights(Insights):
    """The same answers, sooner."""

    cache: Cache = field(default_factory=Cache)

    async def cohorts(self, request: CohortRequest) -> Cohorts:
        return await self._known(COHORTS, request, lambda: Insights.cohorts(self, request))

    async def affinity(self, request: AffinityRequest) -> Affinity:
        return await self._known(AFFINITY, request, lambda: Insights.affinity(self, request))

    async def segments(self, request: SegmentsRequest) -> Segments:
        return await self._known(SEGMENTS, request, lambda: Insights.segments(self, request))

    async def churn(self, request: ChurnRequest) -> Churn:
        if request.top:
            return await Insights.churn(self, request)
        return await self._known(CHURN, request, lambda: Insights.churn(self, request))

    async def seasonal(self, request: SeasonalRequest) -> Seasonal:
        return await self._known(SEASONAL, request, lambda: Insights.seasonal(self, request))

    async def _known(
        self,
        namespace: Namespace[Result],
        request: object,
        load: Callable[[], Awaitable[Result]],
    ) -> Result:
        """Answer from the cache for as long as orders, scores and the day are the same."""
        async with self.database.statements(Lane.JOBS) as connection:
            state = await scores.state(connection, KIND)
        version = f"{state}, {days.today(self.zone)}, {self.currency}, {self.country}"
        return await self.cache.get(namespace, repr(request), load, version=version)
