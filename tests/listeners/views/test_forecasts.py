"""Snapshots: each file can be pasted into Block Kit Builder.

Set UPDATE_SNAPSHOTS=1 to write them anew after a change that was meant.
"""

import copy
import json
import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.playground.slack.blocks import MOST_IN_MESSAGE, block_problems
from commands.forecast import chosen, offers_of
from commands.forecast_answers import AccuracyAnswer, ForecastAnswer
from listeners.views import forecast_form as form
from listeners.views import forecasts as view
from services.forecasts.record import Accuracy, Outcome
from services.forecasts.report import (
    Computed,
    ForecastReport,
    Influence,
    Part,
    Range,
    Step,
    Tested,
)
from services.forecasts.request import By, ForecastRequest, Horizon, Metric, Offer

SNAPSHOTS = Path(__file__).with_name("snapshots")
FIRST = date(2026, 11, 20)
EVIL = "<!channel> & <https://evil.test|x>" * 40


def around(point: float) -> Range:
    return Range(point, 0.8 * point, 1.2 * point, 0.7 * point, 1.3 * point)


STEPS = tuple(
    Step(FIRST + timedelta(days=n), around(9_000 + 100 * n), 8_000, 7_500 if n else None)
    for n in range(28)
)
REPORT = ForecastReport(
    request=ForecastRequest(Metric.REVENUE, Horizon(4, "w"), By.COUNTRY),
    what="Revenue",
    currency="GBP",
    result=Computed(
        frequency="D",
        total=around(289_800),
        steps=STEPS,
        last_day=FIRST + timedelta(days=27),
        parts=(
            Part("GB", around(200_000), (0.0,) * 28),
            Part("other", around(89_800), (0.0,) * 28),
        ),
        influences=(
            Influence("trend", "last 28 days against the 28 before", 0.12, None),
            Influence("holiday", "Black Friday", 0.8, date(2026, 11, 27)),
        ),
        tested=Tested(6, 28, 0.2, 0.08, 0.34, 0.24, 0.81, 0.96),
        season_known=False,
        worse_than_naive=False,
        notes=(),
        history=((date(2026, 11, 19), 8_200.0),),
        holidays=(),
    ),
    data_until=date(2026, 11, 19),
    data_as_of=datetime(2026, 11, 20, 6, 0, tzinfo=UTC),
    notes=("Closed on Saturdays, as in the last weeks.",),
)
WORSE = replace(
    REPORT,
    what="Units of <Mug>",
    currency=None,
    request=replace(REPORT.request, metric=Metric.UNITS, by=None),
    result=replace(REPORT.result, parts=(), influences=(), worse_than_naive=True),
    data_as_of=None,
)
UNTESTED = replace(WORSE, result=replace(WORSE.result, tested=None, worse_than_naive=False))
OUTCOME = Outcome(
    "revenue 4w",
    True,
    FIRST,
    STEPS[-1].start,
    289_800,
    250_000,
    330_000,
    220_000,
    360_000,
    301_000,
    224_000,
)
PROMOTED = replace(REPORT.request, promotions=(Offer(FIRST, FIRST),) * 30)

VIEWS: dict[str, Any] = {
    "forecast_card": view.forecast_card(ForecastAnswer(REPORT)),
    "forecast_card_worse_than_naive": view.forecast_card(ForecastAnswer(WORSE)),
    "forecast_card_untested": view.forecast_card(ForecastAnswer(UNTESTED)),
    "forecast_last_year": view.comparison(REPORT),
    "forecast_accuracy": view.accuracy_card(AccuracyAnswer(Accuracy("GBP", 3, (OUTCOME,)))),
    "forecast_accuracy_empty": view.accuracy_card(AccuracyAnswer(Accuracy("GBP", 0, ()))),
    "forecast_change_modal": form.change_modal(PROMOTED, "C1"),
}


@pytest.mark.parametrize("name", VIEWS)
def test_view_is_as_it_was(name: str) -> None:
    drawn = VIEWS[name]
    shown = drawn if isinstance(drawn, dict) else {"text": drawn[0], "blocks": drawn[1]}
    path = SNAPSHOTS / f"{name}.json"
    text = json.dumps(shown, indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", VIEWS)
def test_view_keeps_to_slacks_limits(name: str) -> None:
    drawn = VIEWS[name]
    blocks = drawn["blocks"] if isinstance(drawn, dict) else drawn[1]
    assert block_problems(copy.deepcopy(blocks), MOST_IN_MESSAGE) == []


def test_names_from_elsewhere_neither_ping_nor_break_the_card() -> None:
    parts = tuple(Part(EVIL, around(1), (0.0,) * 28) for _ in range(6))
    result = replace(REPORT.result, parts=parts)
    text, blocks = view.forecast_card(ForecastAnswer(replace(REPORT, what=EVIL, result=result)))
    assert block_problems(copy.deepcopy(blocks), MOST_IN_MESSAGE) == []
    assert "<!channel" not in text + json.dumps(blocks)


def test_form_gives_back_what_it_was_opened_with() -> None:
    modal = form.change_modal(PROMOTED, "C1")
    assert modal["private_metadata"] == "C1"
    values = {}
    for block in modal["blocks"]:
        element = block["element"]
        values[block["block_id"]] = {
            element["action_id"]: {
                "selected_option": element.get("initial_option"),
                "value": element.get("initial_value"),
            }
        }
    choices = form.read_choices({"values": values})
    again = chosen(
        choices.metric, choices.horizon, choices.by, choices.product, offers_of(choices.offers)
    )
    assert again.request == PROMOTED
