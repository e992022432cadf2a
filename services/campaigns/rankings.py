"""Learning from finished experiments whom to write to; computed in another process."""

from collections.abc import Sequence

import numpy as np

from services.analytics import uplift
from services.analytics.arrays import FloatArray
from services.analytics.uplift import Experiment, Logistic
from services.campaigns.plan import SEGMENT_NAMES
from services.campaigns.ranking import EXPERIMENTS_NEEDED, Learned, Ranking, Weights
from storage.campaigns.audience import Candidate
from storage.campaigns.members import Arm
from storage.campaigns.outcomes import Participant

MOST_PEOPLE = 20_000
"""Of one experiment."""


def features(people: Sequence[Participant] | Sequence[Candidate]) -> FloatArray:
    """Describe people as they were known before they were written to, shape (people, k)."""
    segment = np.array([each.segment for each in people], dtype=np.int64)
    columns = [
        np.log1p([max(0, each.value) for each in people]),
        np.log1p([max(0.0, each.spend) for each in people]),
        np.array([each.orders for each in people], dtype=np.float64),
        *(segment == place for place in range(1, len(SEGMENT_NAMES))),
    ]
    return np.column_stack([np.asarray(each, dtype=np.float64) for each in columns])


def learn(experiments: list[list[Participant]]) -> Learned:
    """Compare uplift, propensity and chance on each experiment by what the others taught."""
    seen = [_experiment(_some(people)) for people in experiments]
    seen = [each for each in seen if each.treated.any() and not each.treated.all()]
    if len(seen) < EXPERIMENTS_NEEDED:
        return Learned(Ranking("value", len(seen)))
    found = uplift.compare_rankings(
        uplift.cross_fitted(seen, lambda each: uplift.fit_t_learner(each).uplift),
        uplift.cross_fitted(seen, lambda each: uplift.fit_propensity(each).probability),
        uplift.pooled(seen),
    )
    both = uplift.fit_t_learner(uplift.pooled(seen))
    ranking = Ranking(
        found.best, len(seen), found.people, found.uplift, found.propensity, found.random
    )
    return Learned(ranking, _plain(both.treated), _plain(both.held_out))


def best_of(people: list[Candidate], most: int, learned: Learned) -> tuple[int, ...]:
    """Give the ids of the best-ranked, in their order; of equals the older customer."""
    if not people:
        return ()
    order = np.argsort(-_scores(people, learned), kind="stable")[:most]
    return tuple(sorted(people[place].customer_id for place in order))


def _scores(people: list[Candidate], learned: Learned) -> FloatArray:
    if learned.treated is None or learned.held_out is None:
        return np.array([each.value for each in people], dtype=np.float64)
    known = features(people)
    without = _model(learned.held_out).probability(known)
    if learned.ranking.used == "propensity":
        return without
    return _model(learned.treated).probability(known) - without


def _some(people: list[Participant]) -> list[Participant]:
    """Draw as many as show what there is to see, when there are very many."""
    if len(people) <= MOST_PEOPLE:
        return people
    drawn = np.random.default_rng(len(people)).choice(len(people), MOST_PEOPLE, replace=False)
    return [people[place] for place in np.sort(drawn)]


def _experiment(people: list[Participant]) -> Experiment:
    return Experiment(
        features(people),
        np.array([each.arm == Arm.TREATED for each in people], dtype=np.bool_),
        np.array([each.bought for each in people], dtype=np.bool_),
    )


def _plain(model: Logistic) -> Weights:
    return Weights(
        tuple(model.mean.tolist()), tuple(model.spread.tolist()), tuple(model.weights.tolist())
    )


def _model(plain: Weights) -> Logistic:
    return Logistic(np.array(plain.mean), np.array(plain.spread), np.array(plain.weights))
