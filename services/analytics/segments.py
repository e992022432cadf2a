"""RFM scores and named segments whose rules people can read.

A score from 1 to 5 says how many fifths of the customers someone beats: 5 is better than at least
80 % of them. Equal values get equal scores, so all one-time buyers score 1 for frequency.
"""

from dataclasses import dataclass

import numpy as np

from services.analytics.arrays import BoolArray, FloatArray, IntArray

ANY = (1, 5)


@dataclass(frozen=True, slots=True)
class RfmScores:
    """Scores 1..5 of each customer for recency, frequency (purchase days) and money spent."""

    recency: IntArray
    frequency: IntArray
    monetary: IntArray


@dataclass(frozen=True, slots=True)
class Segment:
    """A name for a range of scores; `purchases` is the range of purchase days, if it matters."""

    name: str
    recency: tuple[int, int] = ANY
    frequency: tuple[int, int] = ANY
    monetary: tuple[int, int] = ANY
    purchases: tuple[int, int | None] = (1, None)

    @property
    def rule(self) -> str:
        """The rule in words, from the same numbers the code compares."""
        parts = [
            f"{label} {low}-{high}" if low < high else f"{label} {low}"
            for label, (low, high) in (
                ("recency", self.recency),
                ("frequency", self.frequency),
                ("money", self.monetary),
            )
            if (low, high) != ANY
        ]
        fewest, most = self.purchases
        if most is not None:
            parts.append(f"{fewest} to {most} purchases" if fewest < most else "one purchase")
        elif fewest > 1:
            parts.append(f"at least {fewest} purchases")
        return ", ".join(parts) or "everybody else"

    def holds(self, scores: RfmScores, purchases: IntArray) -> BoolArray:
        fewest, most = self.purchases
        inside = (
            _between(scores.recency, self.recency)
            & _between(scores.frequency, self.frequency)
            & _between(scores.monetary, self.monetary)
            & (purchases >= fewest)
        )
        return inside if most is None else inside & (purchases <= most)


# The first rule that holds names the customer; the last one holds for everybody left.
SEGMENTS = (
    Segment("new", recency=(4, 5), purchases=(1, 1)),
    Segment("one-time", recency=(2, 3), purchases=(1, 1)),
    Segment("lost one-time", purchases=(1, 1)),
    Segment("champion", recency=(4, 5), frequency=(4, 5), monetary=(4, 5)),
    Segment("cannot lose", recency=(1, 2), frequency=(5, 5), monetary=(4, 5)),
    Segment("loyal", recency=(3, 5), frequency=(4, 5)),
    Segment("at risk", recency=(1, 2), frequency=(3, 5)),
    Segment("promising", recency=(3, 5)),
    Segment("hibernating"),
)
SEGMENT_NAMES = tuple(segment.name for segment in SEGMENTS)


def rfm_scores(days_since_last: IntArray, purchases: IntArray, spend: FloatArray) -> RfmScores:
    """Scores among these customers: recent, frequent and high-spending is 5."""
    return RfmScores(_fifths(-days_since_last), _fifths(purchases), _fifths(spend))


def assign_segments(scores: RfmScores, purchases: IntArray) -> IntArray:
    """Position in SEGMENTS of each customer's segment."""
    return np.select(
        [segment.holds(scores, purchases) for segment in SEGMENTS],
        np.arange(len(SEGMENTS)).tolist(),
    ).astype(np.int64)


def _fifths(values: IntArray | FloatArray) -> IntArray:
    """Score by the share of all who are less: 1 for under a fifth, 5 from four fifths on."""
    scores = np.ones(values.size, dtype=np.int64)
    if values.size:
        ascending = np.sort(values)
        for fifths in range(1, 5):
            fewest_less = -(-fifths * values.size // 5)
            scores += values > ascending[fewest_less - 1]
    return scores


def _between(scores: IntArray, bounds: tuple[int, int]) -> BoolArray:
    return (scores >= bounds[0]) & (scores <= bounds[1])
