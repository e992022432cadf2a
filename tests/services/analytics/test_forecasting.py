import pickle
from datetime import date, timedelta

import numpy as np
import pytest

from services.analytics.forecasting import (
    Forecast,
    Frequency,
    History,
    NotEnoughPeriodsError,
    Promotion,
    choose_frequency,
    forecast,
    from_days,
    reconcile,
)

MONDAY = date(2024, 1, 1)
WEEK = np.array([1.0, 1.1, 1.2, 1.0, 1.3, 0.8, 0.6])


def daily(values: np.ndarray) -> History:
    return History(MONDAY, Frequency.DAILY, np.asarray(values, dtype=float))


def weekly_pattern(count: int, rng: np.random.Generator, noise: float = 0.1) -> np.ndarray:
    return 100 * np.resize(WEEK, count) * np.exp(noise * rng.standard_normal(count))


def coverage(result: Forecast, actual: np.ndarray) -> tuple[float, float]:
    inside80 = (actual >= np.array(result.lo80)) & (actual <= np.array(result.hi80))
    inside95 = (actual >= np.array(result.lo95)) & (actual <= np.array(result.hi95))
    return float(inside80.mean()), float(inside95.mean())


@pytest.mark.parametrize(
    ("frequency", "least"),
    [(Frequency.DAILY, 14), (Frequency.WEEKLY, 16), (Frequency.MONTHLY, 24)],
)
def test_one_period_too_few_is_refused_and_enough_is_forecast(
    frequency: Frequency, least: int
) -> None:
    values = 50 + np.arange(least) % 5
    with pytest.raises(NotEnoughPeriodsError) as refused:
        forecast(History(MONDAY, frequency, values[:-1].astype(float)), 4)
    assert refused.value.needed == least
    assert len(forecast(History(MONDAY, frequency, values.astype(float)), 4).point) == 4


def test_refusal_names_the_day_from_which_it_works() -> None:
    with pytest.raises(NotEnoughPeriodsError, match="2024-01-15") as refused:
        forecast(daily(np.ones(10)), 7)
    assert refused.value.works_from == MONDAY + timedelta(days=14)


def test_refusal_survives_the_way_out_of_a_process() -> None:
    with pytest.raises(NotEnoughPeriodsError) as refused:
        forecast(daily(np.ones(10)), 7)
    copied = pickle.loads(pickle.dumps(refused.value))  # noqa: S301 - our own bytes
    assert str(copied) == str(refused.value)
    assert copied.works_from == refused.value.works_from


def test_horizon_longer_than_the_history_is_refused() -> None:
    with pytest.raises(NotEnoughPeriodsError) as refused:
        forecast(daily(np.ones(20)), 21)
    assert refused.value.needed == 21


@pytest.mark.parametrize("draws", [10, pytest.param(120, marks=pytest.mark.soak)])
@pytest.mark.parametrize(
    ("frequency", "count", "horizon"),
    [
        (Frequency.DAILY, 28, 14),
        (Frequency.DAILY, 90, 14),
        (Frequency.DAILY, 400, 28),
        (Frequency.WEEKLY, 30, 6),
        (Frequency.WEEKLY, 60, 8),
        (Frequency.MONTHLY, 30, 6),
        (Frequency.MONTHLY, 60, 6),
    ],
)
def test_intervals_cover_what_they_claim_on_a_process_with_known_truth(
    frequency: Frequency, count: int, horizon: int, draws: int
) -> None:
    rng = np.random.default_rng(7)
    covered = []
    for _ in range(draws):
        drift = np.exp(np.cumsum(0.01 * rng.standard_normal(count + horizon)))
        pattern = np.resize(WEEK, count + horizon) if frequency is Frequency.DAILY else 1.0
        values = 100 * pattern * drift * np.exp(0.15 * rng.standard_normal(count + horizon))
        result = forecast(History(MONDAY, frequency, values[:count]), horizon)
        covered.append(coverage(result, values[count:]))
    share80, share95 = np.mean(covered, axis=0)
    # Errors of one forecast go together: ten draws say within a tenth, a hundred within less.
    least = 0.70 if draws < 100 else 0.75
    assert least <= share80 <= 0.95
    assert 0.89 <= share95 <= 1.0


def test_season_is_not_claimed_before_two_years_are_known() -> None:
    rng = np.random.default_rng(1)
    short = forecast(daily(weekly_pattern(200, rng)), 14)
    long = forecast(daily(weekly_pattern(740, rng)), 14)
    assert not short.season_known
    assert any("season is not known yet" in note for note in short.notes)
    assert long.season_known
    assert not any("season is not known yet" in note for note in long.notes)


def test_shuffled_history_loses_its_skill() -> None:
    rng = np.random.default_rng(3)
    values = weekly_pattern(300, rng, noise=0.05)
    shuffled = rng.permutation(values)
    real, noise = forecast(daily(values), 14).backtest, forecast(daily(shuffled), 14).backtest
    assert real is not None
    assert noise is not None
    flat = np.abs(shuffled - shuffled.mean()).sum() / shuffled.sum()
    assert noise.points.wape > 3 * real.points.wape
    assert noise.points.wape > 0.95 * flat


def test_backtest_says_when_repeating_the_season_is_better() -> None:
    rng = np.random.default_rng(5)
    result = forecast(daily(weekly_pattern(300, rng)), 14)
    assert result.backtest is not None
    assert result.backtest.points.wape < result.backtest.naive.wape
    assert not result.worse_than_naive


def test_closed_saturday_is_forecast_as_nothing() -> None:
    rng = np.random.default_rng(2)
    values = weekly_pattern(200, rng)
    values[5::7] = 0.0
    result = forecast(daily(values), 14)
    saturdays = [i for i, day in enumerate(result.dates) if day.weekday() == 5]
    assert [result.point[i] for i in saturdays] == [0.0, 0.0]
    assert [result.hi95[i] for i in saturdays] == [0.0, 0.0]
    assert min(result.point[i] for i in range(14) if i not in saturdays) > 30
    assert "Closed on Saturdays, as in the last weeks." in result.notes


def test_public_holidays_on_which_the_shop_was_closed_stay_closed() -> None:
    rng = np.random.default_rng(4)
    start = date(2023, 1, 2)
    values = weekly_pattern(355, rng)
    for month, day in ((1, 2), (4, 7), (4, 10), (5, 1), (5, 8), (5, 29), (8, 28)):
        values[(date(2023, month, day) - start).days] = 0.0
    result = forecast(History(start, Frequency.DAILY, values), 14, country="GB")
    assert result.point[result.dates.index(date(2023, 12, 25))] == 0.0
    assert result.point[result.dates.index(date(2023, 12, 28))] > 30


def test_one_bulk_order_does_not_move_the_forecast() -> None:
    rng = np.random.default_rng(6)
    values = weekly_pattern(200, rng)
    spiked = values.copy()
    spiked[-3] *= 40
    plain, shaken = forecast(daily(values), 14), forecast(daily(spiked), 14)
    assert shaken.total == pytest.approx(plain.total, rel=0.15)


def test_level_shift_is_followed() -> None:
    rng = np.random.default_rng(8)
    values = weekly_pattern(300, rng)
    values[-60:] *= 2
    assert forecast(daily(values), 14).total == pytest.approx(14 * 200, rel=0.15)


def test_intermittent_series_gets_its_average_rate_and_no_negative_bound() -> None:
    rng = np.random.default_rng(9)
    values = (rng.random(300) < 0.2) * rng.integers(1, 5, 300)
    result = forecast(daily(values), 28)
    assert result.total == pytest.approx(28 * values.mean(), rel=0.35)
    assert min(result.lo95) >= 0
    assert "demand rate" in result.weights


def test_rare_sales_are_forecast_at_their_rate_and_lie_inside_the_intervals() -> None:
    """Smoothing alone takes every sale for an outlier: half the rate, and no zero inside."""
    rng = np.random.default_rng(21)
    rates, covered = [], []
    for _ in range(12):
        values = rng.poisson(0.1, 228) * 10 * np.exp(rng.standard_normal(228))
        result = forecast(daily(values[:200]), 28)
        rates.append(result.total / 28 / values.mean())
        covered.append(coverage(result, values[200:]))
    assert 0.75 <= np.mean(rates) <= 1.3
    share80, share95 = np.mean(covered, axis=0)
    assert share80 >= 0.8
    assert share95 >= 0.93


def test_two_weeks_are_enough_to_see_the_weekdays() -> None:
    rng = np.random.default_rng(22)
    ours = naive = 0.0
    for _ in range(12):
        values = weekly_pattern(21, rng, noise=0.15)
        ours += np.abs(np.array(forecast(daily(values[:14]), 7).point) - values[14:]).sum()
        naive += np.abs(values[7:14] - values[14:]).sum()
    assert ours < naive


def test_two_years_are_enough_to_see_the_months() -> None:
    rng = np.random.default_rng(23)
    season = 100 * (1 + 0.4 * np.sin(2 * np.pi * np.arange(36) / 12))
    ours = flat = 0.0
    for _ in range(6):
        values = season * np.exp(0.08 * rng.standard_normal(36))
        points = np.array(forecast(History(MONDAY, Frequency.MONTHLY, values[:24]), 12).point)
        ours += np.abs(points - values[24:]).sum()
        flat += np.abs(values[:24].mean() - values[24:]).sum()
    assert ours < 0.5 * flat


def test_unknown_values_are_not_taken_for_zero() -> None:
    rng = np.random.default_rng(10)
    values = weekly_pattern(150, rng)
    gaps = values.copy()
    gaps[60:75] = np.nan
    gaps[-2] = np.nan
    assert forecast(daily(gaps), 14).total == pytest.approx(14 * 100, rel=0.1)


def test_negative_figures_are_forecast_without_a_floor() -> None:
    rng = np.random.default_rng(11)
    result = forecast(daily(-50 + 5 * rng.standard_normal(100)), 7)
    assert max(result.hi95) < 0


def test_nothing_sold_is_forecast_as_nothing() -> None:
    result = forecast(daily(np.zeros(60)), 7)
    assert result.total == 0


def test_weights_add_up_and_name_the_members() -> None:
    rng = np.random.default_rng(12)
    weights = forecast(daily(weekly_pattern(200, rng)), 14).weights
    assert sum(weights.values()) == pytest.approx(1)
    assert {"smoothing", "theta", "calendar"} <= set(weights)


def test_past_promotions_lift_the_days_of_a_coming_one_by_what_is_named() -> None:
    rng = np.random.default_rng(13)
    values = weekly_pattern(210, rng, noise=0.05)
    sales = []
    for first in (40, 90, 140, 180):
        values[first : first + 3] *= 2
        day = MONDAY + timedelta(days=first)
        sales.append(Promotion(day, day + timedelta(days=2), "sale"))
    coming = Promotion(MONDAY + timedelta(days=213), MONDAY + timedelta(days=215), "sale")
    without = forecast(daily(values), 14, promotions=sales)
    promoted = forecast(daily(values), 14, promotions=[*sales, coming])
    assert sum(promoted.point[3:6]) > 1.15 * sum(without.point[3:6])
    named = next(driver for driver in promoted.drivers if driver.kind == "promotion")
    assert named.starts is not None
    step = promoted.dates.index(named.starts)
    assert named.effect == pytest.approx(promoted.point[step] / without.point[step] - 1)


def test_promotion_that_never_was_before_is_no_driver() -> None:
    """Black Friday of the same day keeps the credit for what that day does."""
    rng = np.random.default_rng(24)
    values = weekly_pattern(690, rng, noise=0.05)
    values[(date(2024, 11, 29) - MONDAY).days] *= 2
    black_friday = date(2025, 11, 28)
    coming = Promotion(black_friday, black_friday)
    result = forecast(daily(values), 28, promotions=[coming])
    kinds = {driver.name: driver.kind for driver in result.drivers}
    assert kinds.get("Black Friday") == "holiday"
    assert "promotion" not in kinds.values()


def test_growth_is_named_as_a_driver() -> None:
    rng = np.random.default_rng(14)
    values = weekly_pattern(200, rng, noise=0.03) * np.exp(0.004 * np.arange(200))
    trend = next(d for d in forecast(daily(values), 28).drivers if d.kind == "trend")
    assert trend.effect > 0.05


def test_partial_last_month_is_not_drawn_as_a_collapse() -> None:
    first = date(2021, 1, 1)
    days = {first + timedelta(days=i): 10.0 for i in range((date(2024, 3, 10) - first).days)}
    history = from_days(days, Frequency.MONTHLY, complete_until=date(2024, 3, 9))
    result = forecast(history, 3)
    assert history.values[-1] == 290
    assert history.partial == 90
    assert result.dates[0] == date(2024, 3, 1)
    assert result.point[0] == pytest.approx(305, rel=0.08)
    assert result.lo95[0] >= 90
    assert any("under way" in note for note in result.notes)


def test_missing_days_count_as_zero_and_unknown_ones_do_not() -> None:
    days = {MONDAY: 4.0, MONDAY + timedelta(days=2): float("nan"), MONDAY + timedelta(days=3): 1.0}
    values = from_days(
        days, Frequency.DAILY, complete_until=MONDAY + timedelta(days=4)
    ).values.tolist()
    assert values[:2] == [4.0, 0.0]
    assert np.isnan(values[2])
    assert values[3:] == [1.0, 0.0]


@pytest.mark.parametrize(
    ("days_known", "horizon_days", "expected"),
    [(400, 28, "D"), (400, 90, "W"), (1200, 365, "M"), (300, 270, "W")],
)
def test_frequency_follows_history_and_horizon(
    days_known: int, horizon_days: int, expected: str
) -> None:
    last = MONDAY + timedelta(days=days_known - 1)
    assert choose_frequency(MONDAY, last, horizon_days) == expected


def test_parts_add_up_to_the_whole_and_bounds_do_not_contradict() -> None:
    rng = np.random.default_rng(15)
    parts = [weekly_pattern(150, rng, noise=0.2) * scale for scale in (1.0, 0.3, 0.05)]
    forecasts = [forecast(daily(part), 14) for part in parts]
    whole, agreed = reconcile(forecast(daily(np.sum(parts, axis=0)), 14), forecasts)
    assert np.sum([part.point for part in agreed], axis=0) == pytest.approx(np.array(whole.point))
    assert sum(part.total for part in agreed) == pytest.approx(whole.total)
    assert np.all(np.array(whole.hi95) <= np.sum([p.hi95 for p in agreed], axis=0) + 1e-9)
    assert np.all(np.array(whole.lo95) >= np.sum([p.lo95 for p in agreed], axis=0) - 1e-9)
    assert all(min(part.lo95) >= 0 for part in agreed)


@pytest.mark.parametrize("factor", [1e-200, 1e6, 1e200])
def test_other_scale_changes_nothing_but_the_scale(factor: float) -> None:
    rng = np.random.default_rng(16)
    values = weekly_pattern(120, rng)
    small, large = forecast(daily(values), 7), forecast(daily(values * factor), 7)
    assert np.array(large.point) == pytest.approx(np.array(small.point) * factor, rel=1e-6)
    assert np.array(large.hi95) == pytest.approx(np.array(small.hi95) * factor, rel=1e-6)


RNG = np.random.default_rng(17)
ODD = {
    "constant": np.full(80, 7.0),
    "constant and negative": np.full(80, -3.0),
    "one sale at the end": np.r_[np.zeros(79), 5.0],
    "nothing any more": np.r_[RNG.poisson(50.0, 40), np.zeros(40)],
    "nothing at first": np.r_[np.zeros(40), RNG.poisson(50.0, 40)],
    "unknown at first": np.r_[np.full(30, np.nan), RNG.poisson(50.0, 50)],
    "unknown of late": np.r_[RNG.poisson(50.0, 60), np.full(20, np.nan)],
    "half unknown": np.where(RNG.random(80) < 0.5, np.nan, RNG.poisson(50.0, 80)),
    "mostly unknown": np.where(np.arange(80) % 3 > 0, np.nan, RNG.poisson(50.0, 80)),
    "of two sizes": RNG.choice([0.0, 1e9], 80),
    "very skewed": np.exp(4 * RNG.standard_normal(80)),
    "falling ever faster": -(np.arange(80.0) ** 2),
    "closed most of the week": np.where(np.arange(80) % 7 < 4, 0.0, RNG.poisson(20.0, 80)),
}


@pytest.mark.parametrize("frequency", list(Frequency))
@pytest.mark.parametrize("values", ODD.values(), ids=ODD.keys())
def test_odd_histories_get_finite_figures_in_their_order(
    values: np.ndarray, frequency: Frequency
) -> None:
    result = forecast(History(MONDAY, frequency, values.astype(float)), 10, country="GB")
    bounds = np.array([result.lo95, result.lo80, result.point, result.hi80, result.hi95])
    assert np.isfinite(bounds).all()
    assert (np.diff(bounds, axis=0) >= -1e-9 * np.abs(bounds[1:])).all()
    assert np.abs(bounds[2]).max() <= 20 * np.nanmax(np.abs(values))
    if np.nanmin(values) >= 0:
        assert bounds.min() >= 0
