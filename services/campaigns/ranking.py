"""How the best of an audience are found, and how well that was seen to work."""

from dataclasses import dataclass, field
from typing import Literal

from services.analytics.difference import Difference

Method = Literal["uplift", "propensity", "value"]
EXPERIMENTS_NEEDED = 2


@dataclass(frozen=True, slots=True)
class Ranking:
    """What people are ranked by.

    The Qinis are those of finished experiments, each ranked by what the others taught; None: there
    were not enough to learn from.
    """

    used: Method
    experiments: int
    people: int = 0
    uplift: Difference | None = None
    propensity: Difference | None = None
    random: Difference | None = None


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic regression on `services.campaigns.rankings.features`, as plain numbers."""

    mean: tuple[float, ...]
    spread: tuple[float, ...]
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Learned:
    """A ranking with the models it needs: of the treated and the held-out."""

    ranking: Ranking
    treated: Weights | None = field(default=None)
    held_out: Weights | None = field(default=None)
