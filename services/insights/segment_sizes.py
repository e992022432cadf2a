"""Segments: rows as SQL adds them up, named, and set beside those of an earlier month."""

from collections.abc import Mapping, Sequence

from services.analytics.segments import SEGMENTS
from services.insights.request import SegmentCut
from services.insights.results import SegmentGroup, SegmentSize
from services.money import Money
from storage import insights, scores
from storage.database import Connection
from storage.insights import SegmentFigures
from storage.scores import ModelRun

LARGEST_PARTS = 6
OTHERS = "other"

Rows = Mapping[int, SegmentFigures]
Counts = Mapping[int, int]


async def compared(
    connection: Connection, run: ModelRun, currency: str
) -> tuple[tuple[SegmentSize, ...], int | None]:
    """Read the segments of a run, and the day they are compared with."""
    now = {row.segment: row for row in await insights.segment_figures(connection, run.id)}
    earlier = await scores.earlier_month(connection, run)
    if earlier is None:
        return _sizes(now, None, run.customers, currency), None
    rows = await insights.segment_figures(connection, earlier.id)
    before = {row.segment: row.customers for row in rows}
    return _sizes(now, before, run.customers, currency), earlier.as_of_day


async def divided(
    connection: Connection, run: ModelRun, by: SegmentCut, currency: str
) -> tuple[SegmentGroup, ...]:
    """Read the segments of the parts with most customers; the others together are the last."""
    rows = await insights.segment_figures(connection, run.id, by)
    totals: dict[str, int] = {}
    for row in rows:
        name = row.part or f"{by} unknown"
        totals[name] = totals.get(name, 0) + row.customers
    largest = sorted(totals, key=lambda name: -totals[name])[:LARGEST_PARTS]
    groups: dict[str, list[SegmentFigures]] = {name: [] for name in largest}
    for row in rows:
        name = row.part or f"{by} unknown"
        groups.setdefault(name if name in largest else OTHERS, []).append(row)
    return tuple(
        SegmentGroup(name, _sizes(_added_up(own), None, _customers(own), currency))
        for name, own in groups.items()
    )


def _customers(rows: Sequence[SegmentFigures]) -> int:
    return sum(row.customers for row in rows)


def _added_up(rows: Sequence[SegmentFigures]) -> Rows:
    """Make one row of all that are of the same segment."""
    found: dict[int, SegmentFigures] = {}
    for row in rows:
        known = found.get(row.segment, SegmentFigures(None, row.segment, 0, 0, 0, 0.0))
        customers = known.customers + row.customers
        silent = known.p_no_order * known.customers + row.p_no_order * row.customers
        found[row.segment] = SegmentFigures(
            None,
            row.segment,
            customers,
            known.spend + row.spend,
            known.value + row.value,
            silent / customers,
        )
    return found


def _sizes(
    rows: Rows, before: Counts | None, customers: int, currency: str
) -> tuple[SegmentSize, ...]:
    """Name every segment, also those that nobody is in."""
    nobody = SegmentFigures(None, 0, 0, 0, 0, 0.0)
    return tuple(
        SegmentSize(
            name=segment.name,
            rule=segment.rule,
            customers=(row := rows.get(place, nobody)).customers,
            share=row.customers / max(customers, 1),
            spend=Money(row.spend, currency),
            value=Money(row.value, currency),
            p_no_order=row.p_no_order,
            customers_before=None if before is None else before.get(place, 0),
        )
        for place, segment in enumerate(SEGMENTS)
    )
