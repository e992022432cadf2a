"""Erlang C against published and exactly known values."""

import numpy as np
import pytest

from services.analytics.staffing import (
    agents_needed,
    answered_within,
    hour_of_week_shares,
    probability_of_waiting,
)


@pytest.mark.parametrize("load", [0.1, 0.5, 0.9])
def test_with_one_agent_the_share_that_waits_is_the_load(load: float) -> None:
    assert probability_of_waiting(load, 1) == pytest.approx(load)


def test_two_agents_follow_the_closed_form() -> None:
    # M/M/2: C = 2 rho^2 / (1 + rho)
    load, busy = 1.2, 0.6
    assert probability_of_waiting(load, 2) == pytest.approx(2 * busy**2 / (1 + busy))


def test_the_usual_example_of_call_centres_is_reproduced() -> None:
    # 200 calls an hour of 3 minutes each with 14 agents: 17.4 % wait, 88.8 % within 20 seconds.
    assert probability_of_waiting(10, 14) == pytest.approx(0.174, abs=0.0005)
    assert answered_within(10, 14, 20 / 3600, 3 / 60) == pytest.approx(0.888, abs=0.0005)


def test_with_no_more_agents_than_work_everybody_waits() -> None:
    assert probability_of_waiting(3.0, 3) == 1.0
    assert answered_within(3.0, 3, 1.0, 0.1) == 0.0


def test_the_fewest_agents_that_keep_the_promise_are_found() -> None:
    needed = agents_needed(30, 10 / 60, 10 / 60, 0.8)
    assert answered_within(5, needed, 10 / 60, 10 / 60) >= 0.8
    assert answered_within(5, needed - 1, 10 / 60, 10 / 60) < 0.8


def test_a_longer_target_never_needs_more_agents() -> None:
    needs = [agents_needed(40, 0.25, target, 0.8) for target in (0.01, 0.1, 1.0, 8.0)]
    assert needs == sorted(needs, reverse=True)


def test_an_hour_without_tickets_needs_nobody() -> None:
    assert agents_needed(0, 0.25, 1.0, 0.8) == 0


def test_work_for_a_city_is_refused() -> None:
    with pytest.raises(ValueError, match="more work"):
        agents_needed(1e6, 1.0, 1.0, 0.8)


def test_simulated_waiting_agrees_with_the_formula() -> None:
    rng = np.random.default_rng(7)
    arrivals = np.cumsum(rng.exponential(1 / 20, 60_000))
    work = rng.exponential(0.2, arrivals.size)
    free = np.zeros(5)
    waited = np.zeros(arrivals.size)
    for place, (at, needs) in enumerate(zip(arrivals, work, strict=True)):
        agent = int(free.argmin())
        waited[place] = max(0.0, free[agent] - at)
        free[agent] = at + waited[place] + needs
    assert (waited > 0).mean() == pytest.approx(probability_of_waiting(4.0, 5), abs=0.03)
    assert (waited <= 0.1).mean() == pytest.approx(answered_within(4.0, 5, 0.1, 0.2), abs=0.03)


def test_shares_of_the_week_add_up_to_one() -> None:
    shares = hour_of_week_shares(np.array([0, 0, 6]), np.array([9, 9, 23]), np.array([1.0, 2, 3]))
    assert shares.shape == (7, 24)
    assert shares.sum() == pytest.approx(1)
    assert shares[0, 9] == pytest.approx(0.5)


def test_a_week_without_tickets_has_no_shares() -> None:
    none = np.array([], dtype=np.int64)
    assert hour_of_week_shares(none, none, np.array([])).sum() == 0
