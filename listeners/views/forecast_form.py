"""The form that changes a forecast, and how it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from listeners.views.parts import Block, plain
from services.forecasts.request import (
    DEFAULT_HORIZON,
    LONGEST_PRODUCT,
    By,
    ForecastRequest,
    Horizon,
    Metric,
)

CHANGE_MODAL = "forecast_change_modal"
METRIC_INPUT, HORIZON_INPUT, BY_INPUT = "forecast_metric", "forecast_horizon", "forecast_by"
PRODUCT_INPUT, OFFERS_INPUT = "forecast_product", "forecast_offers"
CHOSEN = "value"
WHOLE = "whole"
LONGEST_OFFERS = 1_000
HORIZONS = (
    Horizon(7, "d"),
    DEFAULT_HORIZON,
    Horizon(8, "w"),
    Horizon(13, "w"),
    Horizon(6, "m"),
    Horizon(12, "m"),
)
PARTS = {WHOLE: "Only the whole", **{str(by): f"By {by}" for by in By}}


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form says; an empty `by` is the whole."""

    metric: str
    horizon: str
    by: str
    product: str
    offers: str


def change_modal(request: ForecastRequest, channel: str) -> Block:
    """Ask for another forecast, starting from a request; the answer goes to `channel`."""
    horizons = {each.code: str(each) for each in (*HORIZONS, request.horizon)}
    metrics = {str(each): each.capitalize() for each in Metric}
    return {
        "type": "modal",
        "callback_id": CHANGE_MODAL,
        "private_metadata": channel,
        "title": plain("Change forecast", 24),
        "submit": plain("Forecast", 24),
        "close": plain("Cancel", 24),
        "blocks": [
            _choice("What", METRIC_INPUT, metrics, str(request.metric)),
            _choice("How far ahead", HORIZON_INPUT, horizons, request.horizon.code),
            _choice("Divided", BY_INPUT, PARTS, str(request.by or WHOLE)),
            _typed(
                ("Product", PRODUCT_INPUT),
                request.product,
                "For units only: SKU or words of the title.",
                LONGEST_PRODUCT,
            ),
            _typed(
                ("Promotion days", OFFERS_INPUT),
                " ".join(map(str, request.promotions)),
                "Such as 2026-11-27..2026-11-30. Past ones too: they teach what the next will do.",
                LONGEST_OFFERS,
            ),
        ],
    }


def read_choices(state: Mapping[str, Any]) -> Choices:
    """Read what was chosen and typed."""
    values: Mapping[str, Any] = state.get("values") or {}

    def selected(name: str) -> str:
        field = (values.get(name) or {}).get(CHOSEN) or {}
        return str((field.get("selected_option") or {}).get("value", ""))

    def typed(name: str) -> str:
        return str(((values.get(name) or {}).get(CHOSEN) or {}).get("value") or "")

    by = selected(BY_INPUT)
    return Choices(
        selected(METRIC_INPUT),
        selected(HORIZON_INPUT),
        "" if by == WHOLE else by,
        typed(PRODUCT_INPUT),
        typed(OFFERS_INPUT),
    )


def _choice(label: str, name: str, options: Mapping[str, str], chosen: str) -> Block:
    listed = {value: {"text": plain(text), "value": value} for value, text in options.items()}
    return {
        "type": "input",
        "block_id": name,
        "label": plain(label),
        "element": {
            "type": "static_select",
            "action_id": CHOSEN,
            "options": list(listed.values()),
            "initial_option": listed[chosen],
        },
    }


def _typed(name: tuple[str, str], value: str, hint: str, longest: int) -> Block:
    label, block_id = name
    return {
        "type": "input",
        "block_id": block_id,
        "optional": True,
        "label": plain(label),
        "hint": plain(hint, 150),
        "element": {
            "type": "plain_text_input",
            "action_id": CHOSEN,
            "max_length": longest,
            **({"initial_value": value} if value else {}),
        },
    }
