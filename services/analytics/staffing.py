"""How many agents answer in time: the Erlang C queue.

Tickets arrive at random within an hour (Poisson), take an exponential time each, wait in one line
and never give up. A. K. Erlang 1917; the form used here is that of Koole, Call Center
Optimization (2013), section 4.2. The blocking recursion of Erlang B keeps it exact for any size.
"""

import math

import numpy as np

from services.analytics.arrays import FloatArray, IntArray

MOST_AGENTS = 10_000


def probability_of_waiting(load: float, agents: int) -> float:
    """Share of tickets that find every agent busy.

    `load` is arrivals per hour x hours of work each, in erlang; with no more agents than load the
    line grows for ever and everybody waits.
    """
    if load <= 0:
        return 0.0
    if agents <= load:
        return 1.0
    blocked = 1.0
    for number in range(1, agents + 1):
        blocked = load * blocked / (number + load * blocked)
    busy = load / agents
    return blocked / (1 - busy * (1 - blocked))


def answered_within(load: float, agents: int, target_hours: float, work_hours: float) -> float:
    """Share of tickets that somebody begins to answer within the target."""
    if load <= 0:
        return 1.0
    if agents <= load:
        return 0.0
    waits = probability_of_waiting(load, agents)
    return 1 - waits * math.exp(-(agents - load) * target_hours / work_hours)


def agents_needed(
    arrivals_per_hour: float, work_hours: float, target_hours: float, share: float
) -> int:
    """Find the fewest agents with whom `share` of the tickets is begun within the target.

    Raises ValueError for more work than 10,000 agents could do.
    """
    load = arrivals_per_hour * work_hours
    if load <= 0:
        return 0
    for agents in range(math.floor(load) + 1, MOST_AGENTS + 1):
        if answered_within(load, agents, target_hours, work_hours) >= share:
            return agents
    raise ValueError(f"more work than {MOST_AGENTS:,} agents can do")


def hour_of_week_shares(weekdays: IntArray, hours: IntArray, counts: FloatArray) -> FloatArray:
    """Share of a week's arrivals in each hour of the week, shape (7, 24), Monday first.

    Entry i of the arguments says that `counts[i]` arrived on weekday 0 to 6 in hour 0 to 23; all
    zero where nothing arrived.
    """
    shares = np.zeros((7, 24))
    np.add.at(shares, (weekdays, hours), counts)
    total = shares.sum()
    return shares / total if total > 0 else shares
