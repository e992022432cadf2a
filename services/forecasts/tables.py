"""A forecast as a table that a spreadsheet opens."""

from services import spreadsheets
from services.forecasts.report import ForecastReport


def to_csv(report: ForecastReport) -> bytes:
    """Write a row a period; parts are columns behind. UTF-8 with a mark, for Excel."""
    names = [spreadsheets.safe(part.name) for part in report.result.parts]
    rows = [["date", "point", "lo80", "hi80", "lo95", "hi95", "naive", "last_year", *names]]
    for number, step in enumerate(report.result.steps):
        of = step.figure
        figures = [of.point, of.lo80, of.hi80, of.lo95, of.hi95, step.naive, step.last_year]
        figures += [part.points[number] for part in report.result.parts]
        cells = ["" if value is None else f"{value:.2f}" for value in figures]
        rows.append([step.start.isoformat(), *cells])
    return spreadsheets.to_csv(rows)
