"""A forecast as a table that a spreadsheet opens."""

import csv
import io

from services.forecasts.report import ForecastReport

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def to_csv(report: ForecastReport) -> bytes:
    """Write a row a period; parts are columns behind. UTF-8 with a mark, for Excel."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    names = [_safe(part.name) for part in report.result.parts]
    table.writerow(["date", "point", "lo80", "hi80", "lo95", "hi95", "naive", "last_year", *names])
    for number, step in enumerate(report.result.steps):
        of = step.figure
        figures = [of.point, of.lo80, of.hi80, of.lo95, of.hi95, step.naive, step.last_year]
        figures += [part.points[number] for part in report.result.parts]
        cells = ["" if value is None else f"{value:.2f}" for value in figures]
        table.writerow([step.start.isoformat(), *cells])
    return text.getvalue().encode("utf-8-sig")


def _safe(name: str) -> str:
    """Quote what a spreadsheet would take for a formula."""
    return f"'{name}" if name.startswith(FORMULA_STARTS) else name
