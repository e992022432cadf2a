"""Score tables of several horizons as the columns of `customer_scores`."""

import numpy as np

from services.analytics.arrays import FloatArray, IntArray
from services.analytics.scores import ScoreTable
from services.scoring.shop import Shop
from services.scoring.task import BAND_STARTS, CHURN_DAYS
from storage.arrays import Column

STORED_LEVEL = 0.8
MaskedDays = np.ma.MaskedArray[tuple[int], np.dtype[np.int64]]


def history_columns(shop: Shop, minor_digits: int) -> dict[str, Column]:
    """Tell what is known of each customer."""
    history = shop.history
    return {
        "customer_id": shop.customer_id,
        "frequency": history.frequency,
        "recency_days": history.recency_days,
        "age_days": history.age_days,
        "monetary": _minor(np.where(history.frequency > 0, history.monetary, 0.0), minor_digits),
        "spend": _minor(history.spend, minor_digits),
    }


def score_columns(scores: ScoreTable, as_of_day: int, minor_digits: int) -> dict[str, Column]:
    """Tell what to expect in one horizon; the churn horizon brings the rest."""
    days, bounds = scores.horizon_days, scores.ranges[STORED_LEVEL]
    columns: dict[str, Column] = {
        f"orders_{days}": scores.expected_orders,
        f"orders_{days}_lo80": bounds.orders_low,
        f"orders_{days}_hi80": bounds.orders_high,
        f"value_{days}": _minor(scores.expected_value, minor_digits),
        f"value_{days}_lo80": _minor(bounds.value_low, minor_digits),
        f"value_{days}_hi80": _minor(bounds.value_high, minor_digits),
    }
    if days == CHURN_DAYS:
        columns |= {
            "p_alive": scores.p_alive,
            "p_no_order": scores.p_no_order,
            "next_order_q50": next_order_day(scores, as_of_day),
            "segment": scores.segment,
            "churn_band": churn_bands(scores.p_no_order),
        }
    return columns


def next_order_day(scores: ScoreTable, as_of_day: int) -> MaskedDays:
    """Days since 1970; masked where there is no date."""
    unknown = np.isnan(scores.next_order_q50)
    days = as_of_day + np.where(unknown, 0.0, scores.next_order_q50).astype(np.int64)
    return np.ma.masked_array(days, unknown)


def churn_bands(p_no_order: FloatArray) -> IntArray:
    """Position in CHURN_BANDS."""
    bands: IntArray = np.searchsorted(np.array(BAND_STARTS), p_no_order, side="right")
    return bands


def _minor(major: FloatArray, minor_digits: int) -> IntArray:
    minor: IntArray = np.round(major * 10**minor_digits).astype(np.int64)
    return minor
