"""The order in which open tickets are worth answering."""

from datetime import UTC, datetime, timedelta

from services.money import Money
from services.urgency import Waiting, Worth, rank

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def waiting(hours: float, worth: Worth | None = None, priority: str = "normal") -> Waiting:
    return Waiting(NOW - timedelta(hours=hours), priority, worth)


def points(*queue: Waiting) -> list[float]:
    return [each.points for each in rank(queue, NOW, "GBP")]


def test_money_at_risk_is_value_times_the_chance_of_no_further_order() -> None:
    (only,) = rank([waiting(0, Worth(20_000, 0.25))], NOW, "GBP")
    assert only.at_risk == Money(5_000, "GBP")
    assert only.points == 50.0


def test_every_day_of_waiting_adds_the_money_once_more() -> None:
    worth = Worth(10_000, 0.5)
    assert points(waiting(0, worth), waiting(24, worth), waiting(48, worth)) == [50, 100, 150]


def test_a_safe_customer_comes_after_one_who_may_leave() -> None:
    safe, leaving = points(waiting(5, Worth(50_000, 0.05)), waiting(5, Worth(20_000, 0.9)))
    assert leaving > safe


def test_a_persons_priority_weighs() -> None:
    worth = Worth(10_000, 0.5)
    found = points(*(waiting(0, worth, name) for name in ("critical", "high", "normal", "low")))
    assert found == [200, 100, 50, 25]


def test_a_customer_without_scores_counts_like_the_middle_of_the_queue() -> None:
    queue = [waiting(0, Worth(10_000, p)) for p in (0.1, 0.5, 0.9)]
    *_, unknown = rank([*queue, waiting(0)], NOW, "GBP")
    assert unknown.at_risk == Money(5_000, "GBP")
    assert unknown.worth is None


def test_without_any_scores_priority_and_waiting_decide() -> None:
    urgent, old, new = points(waiting(1, priority="critical"), waiting(20), waiting(1))
    assert urgent > old > new


def test_a_clock_that_runs_ahead_never_makes_waiting_negative() -> None:
    (only,) = rank([waiting(-3)], NOW, "GBP")
    assert only.waiting_hours == 0
