"""Insights as words and as JSON: amounts in major units, unknown figures null, never zero."""

from commands.insight_answers.affinity import AffinityAnswer
from commands.insight_answers.churn import ChurnAnswer
from commands.insight_answers.cohorts import CohortsAnswer
from commands.insight_answers.products import ProductsAnswer
from commands.insight_answers.seasonal import SeasonalAnswer
from commands.insight_answers.segments import SegmentsAnswer

InsightAnswer = (
    CohortsAnswer | AffinityAnswer | SegmentsAnswer | ChurnAnswer | ProductsAnswer | SeasonalAnswer
)

__all__ = [
    "AffinityAnswer",
    "ChurnAnswer",
    "CohortsAnswer",
    "InsightAnswer",
    "ProductsAnswer",
    "SeasonalAnswer",
    "SegmentsAnswer",
]
