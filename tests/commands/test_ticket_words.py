"""A ticket of a list in words, and the sum that puts it there."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import prod

import pytest

from commands.tickets import item_facts, urgency_lines
from services.urgency import Urgency, Waiting, Worth, rank
from services.work_list import WorkItem

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
ITEM = WorkItem("C1", "1.0", 77, None, "Late", "high", None, NOW, is_waiting=False)


def urgency(hours: float) -> Urgency:
    waiting = Waiting(NOW - timedelta(hours=hours), "high", Worth(324_532, 0.27826945))
    (weighed,) = rank([waiting], NOW, "GBP")
    return weighed


@pytest.mark.parametrize("hours", [0.03, 5, 100])
def test_sum_can_be_done_again_with_the_figures_that_are_shown(hours: float) -> None:
    weighed = urgency(hours)
    _, risk, priority, waited, points = urgency_lines(ITEM, weighed)
    at_risk, value, chance = (
        float(found.replace(",", ""))
        for found in re.findall(r"£([\d,.]+) |x ([\d.]+)%", risk)
        for found in found
        if found
    )
    assert value * chance / 100 == pytest.approx(at_risk, abs=0.5)
    factors = [float(line.split()[1]) for line in (priority, waited)]
    shown = float(points.split()[1].replace(",", ""))
    assert at_risk * prod(factors) == pytest.approx(shown, rel=1e-4)
    assert "chance of no order within 90 days" in risk


@pytest.mark.parametrize(("hours", "words"), [(0.03, "2 min"), (5, "5 h"), (100, "4 days")])
def test_waiting_is_told_in_the_unit_that_fits(hours: float, words: str) -> None:
    assert item_facts(replace(ITEM, urgency=urgency(hours))).endswith(f"waits {words}")


def test_ticket_of_nobody_is_unassigned() -> None:
    assert item_facts(ITEM) == "high priority · unassigned"
