"""Segments, as words and as JSON."""

from dataclasses import dataclass

from commands.insight_answers.telling import told
from commands.insight_json import age_json, segment_json, source_json
from commands.insight_tables import Table, age_line, segment_row, source_line, table
from commands.schemas.insights import SegmentsJson
from services.insights.results import Segments


@dataclass(frozen=True, slots=True)
class SegmentsAnswer:
    """How many customers are in each segment."""

    segments: Segments

    @property
    def heading(self) -> str:
        return f"{self.segments.source.customers:,} customers by segment"

    @property
    def tables(self) -> list[Table]:
        head = ("Segment", "Customers", "Share", "Change", "Spent", "Next year", "No order", "Rule")
        rows = [segment_row(segment) for segment in self.segments.segments]
        return [("", table([head, *rows], (0, 7)))]

    @property
    def notes(self) -> list[str]:
        compared = self.segments.compared_with
        change = [f"Change since {compared:%d %b %Y}."] if compared else []
        return [*change, source_line(self.segments.source), age_line(self.segments.age)]

    def to_text(self) -> str:
        return told(self)

    def to_json(self) -> SegmentsJson:
        segments = self.segments
        return {
            "insight": "segments",
            **source_json(segments.source),
            "compared_with": segments.compared_with.isoformat() if segments.compared_with else None,
            "segments": [segment_json(segment) for segment in segments.segments],
            **age_json(segments.age),
        }
