"""Segments, as words and as JSON."""

from dataclasses import dataclass

from commands.insight_answers.telling import told
from commands.insight_json import age_json, segment_json, source_json
from commands.insight_tables import Table, age_line, percent, segment_row, source_line, table
from commands.schemas.insights import SegmentsJson
from services.days import spoken
from services.insights.results import Segments

VALUE = "Value: what they are expected to spend in the next 365 days."
RULES_TITLE = "The first rule that holds names the segment; scores from 1, the worst, to 5"


@dataclass(frozen=True, slots=True)
class SegmentsAnswer:
    """How many customers are in each segment."""

    segments: Segments

    @property
    def heading(self) -> str:
        return f"{self.segments.source.customers:,} customers by segment"

    @property
    def tables(self) -> list[Table]:
        found = self.segments
        change = ["Change"] if found.compared_with else []
        head = ("Segment", "Customers", "Share", *change, "Spent", "Value", "No order")
        whole = table([head, *map(segment_row, found.segments)])
        rules = table([(each.name, each.rule) for each in found.segments], (0, 1))
        parts = [
            (f"{part.name}, {part.customers:,}", table([head, *map(segment_row, part.segments)]))
            for part in found.parts
        ]
        return [("", whole), *parts, (RULES_TITLE, rules)]

    @property
    def notes(self) -> list[str]:
        compared = self.segments.compared_with
        change = [f"Change since {spoken(compared)}."] if compared else []
        return [*change, VALUE, source_line(self.segments.source), age_line(self.segments.age)]

    @property
    def picture(self) -> Segments | None:
        return self.segments if self.segments.source.customers else None

    @property
    def alt_text(self) -> str:
        """Say what the bars show to who cannot see them."""
        listed = [
            f"{each.name} {each.customers:,} ({percent(each.share)}), {each.value.rounded}"
            for each in self.segments.segments
        ]
        what = "customers by segment and what they are expected to spend in 365 days"
        return f"Bars of {what}. {'; '.join(listed)}."

    def to_text(self) -> str:
        return told(self)

    def to_json(self) -> SegmentsJson:
        segments = self.segments
        return {
            "insight": "segments",
            **source_json(segments.source),
            "compared_with": segments.compared_with.isoformat() if segments.compared_with else None,
            "by": segments.by,
            "segments": [segment_json(segment) for segment in segments.segments],
            "parts": [
                {"name": part.name, "segments": [segment_json(each) for each in part.segments]}
                for part in segments.parts
            ],
            **age_json(segments.age),
        }
