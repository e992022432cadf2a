"""What `regulars forecast` and `regulars backtest` print, as plain records."""

import json
import math
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from services.analytics.forecasting import Forecast

Record = dict[str, Any]

STEPS = ("point", "lo80", "hi80", "lo95", "hi95")
COUNTS = frozenset({"id", "origins", "steps"})


def forecast_records(key: str | None, result: Forecast) -> list[Record]:
    """Describe every step of a forecast."""
    figures = (result.point, result.lo80, result.hi80, result.lo95, result.hi95)
    return [
        {"id": key, "step": step, "date": first.isoformat()} | dict(zip(STEPS, values, strict=True))
        for step, (first, *values) in enumerate(zip(result.dates, *figures, strict=True), start=1)
    ]


def backtest_records(key: str | None, result: Forecast) -> list[Record]:
    """Describe how the same forecast would have done on the series' own past."""
    test = result.backtest
    if test is None:
        return [{"id": key, "error": "No past period could be tested against."}]
    figures = asdict(test.points) | asdict(test.intervals)
    naive = asdict(test.naive) | asdict(test.naive_intervals)
    return [
        {"id": key, "origins": test.origins, "steps": test.steps}
        | {name: _finite(value) for name, value in figures.items()}
        | {f"naive_{name}": _finite(value) for name, value in naive.items()}
    ]


@dataclass
class Mean:
    """Average of tested series; a figure that a series does not have is left out of it."""

    tested: int = 0
    refused: int = 0
    _sums: Counter[str] = field(default_factory=Counter)
    _counts: Counter[str] = field(default_factory=Counter)

    def add(self, record: Record) -> None:
        if "error" in record:
            self.refused += 1
            return
        self.tested += 1
        for name, value in record.items():
            if name not in COUNTS:
                self._sums[name] += 0 if value is None else value
                self._counts[name] += value is not None

    def record(self) -> Record:
        means = {
            name: self._sums[name] / count if count else None
            for name, count in self._counts.items()
        }
        counted = {"series": self.tested, "refused": self.refused}
        return {"summary": "mean of series", **counted, **means}


def line(record: Record, *, as_json: bool) -> str:
    """Write a record as JSON or in plain words."""
    if as_json:
        return json.dumps(record, ensure_ascii=False, allow_nan=False)
    shown = (
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in record.items()
        if value is not None
    )
    return "  ".join(shown)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
