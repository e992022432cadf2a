"""Scores as a CSV file: one row a customer, for anyone who wants to test them."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from services.analytics.scores import ScoreTable
from services.analytics.segments import SEGMENTS
from services.scoring.columns import next_order_day
from services.scoring.shop import Shop
from storage.arrays import Column

COUNT, DECIMALS, MONEY = "%d", "%.6f", "%.4f"
_ROWS = 20_000


def write_csv(path: Path, shop: Shop, scores: ScoreTable, names: Sequence[str]) -> None:
    """Write in the order of the shop; `names` are the customers' ids as the shop knows them."""
    columns = _columns(shop, scores)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["customer_id", *columns, "next_order_q50", "segment"])
        for start in range(0, shop.customer_id.size, _ROWS):
            part = slice(start, start + _ROWS)
            figures = (_text(column[part], style) for column, style in columns.values())
            dates, segments = _dates(scores, shop.as_of_day, part), _segments(scores, part)
            writer.writerows(zip(names[part], *figures, dates, segments, strict=True))


def _columns(shop: Shop, scores: ScoreTable) -> dict[str, tuple[Column, str]]:
    """Heading -> figures and how they are written."""
    history = shop.history
    monetary = np.where(history.frequency > 0, history.monetary, 0.0)
    columns: dict[str, tuple[Column, str]] = {
        "frequency": (history.frequency, COUNT),
        "recency_days": (history.recency_days, COUNT),
        "age_days": (history.age_days, COUNT),
        "days_since_last": (history.days_since_last, COUNT),
        "monetary": (monetary, MONEY),
        "p_alive": (scores.p_alive, DECIMALS),
        "p_no_order": (scores.p_no_order, DECIMALS),
    }
    ranges = {f"{level * 100:.0f}": bounds for level, bounds in scores.ranges.items()}
    columns["expected_orders"] = scores.expected_orders, DECIMALS
    for level, bounds in ranges.items():
        columns[f"expected_orders_lo{level}"] = bounds.orders_low, COUNT
        columns[f"expected_orders_hi{level}"] = bounds.orders_high, COUNT
    columns["expected_value"] = scores.expected_value, MONEY
    for level, bounds in ranges.items():
        columns[f"expected_value_lo{level}"] = bounds.value_low, MONEY
        columns[f"expected_value_hi{level}"] = bounds.value_high, MONEY
    return columns


def _text(column: Column, style: str) -> Iterator[str]:
    return map(style.__mod__, column.tolist())


def _dates(scores: ScoreTable, as_of_day: int, part: slice) -> Iterator[str]:
    days = next_order_day(scores, as_of_day)[part]
    dates = np.datetime_as_string(np.ma.getdata(days).astype("datetime64[D]"))
    return iter(np.where(np.ma.getmaskarray(days), "", dates).tolist())


def _segments(scores: ScoreTable, part: slice) -> Iterator[str]:
    return (SEGMENTS[position].name for position in scores.segment[part].tolist())
