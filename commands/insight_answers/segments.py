"""Segments, as words and as JSON."""

from dataclasses import dataclass

from commands.insight_answers.telling import told
from commands.insight_json import age_json, segment_json, source_json
from commands.insight_tables import (
    Table,
    age_line,
    percent,
    segment_row,
    shares_table,
    source_line,
    table,
)
from commands.schemas.insights import SegmentsJson
from services.days import spoken
from services.insights.results import Segments

VALUE = "Value: what they are expected to spend in the next 365 days."
NAMED_SEGMENTS = 3
NO_CHANGE = "Change since last month: from the second month of scores on."
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
        beside = [("", shares_table(found.segments, found.parts))] if found.is_divided else []
        # The parts come last: a message has no room for all the tables of seven.
        return [("", whole), *beside, (RULES_TITLE, rules), *parts]

    @property
    def notes(self) -> list[str]:
        compared = self.segments.compared_with
        change = f"Change since {spoken(compared)}." if compared else NO_CHANGE
        return [change, VALUE, source_line(self.segments.source), age_line(self.segments.age)]

    @property
    def picture(self) -> Segments | None:
        return self.segments if self.segments.source.customers else None

    @property
    def alt_text(self) -> str:
        """Say what the bars show to who cannot see them."""
        if self.segments.is_divided:
            return self._parts_told
        listed = [
            f"{each.name} {each.customers:,} ({percent(each.share)}), {each.value.rounded}"
            for each in self.segments.segments
        ]
        what = "customers by segment and what they are expected to spend in 365 days"
        return f"Bars of {what}. {'; '.join(listed)}."

    @property
    def _parts_told(self) -> str:
        """Name the largest segments of each part: all of them would be too long to listen to."""
        told = []
        for part in self.segments.parts:
            largest = sorted(part.segments, key=lambda each: -each.customers)[:NAMED_SEGMENTS]
            named = ", ".join(f"{each.name} {percent(each.share)}" for each in largest)
            told.append(f"{part.name}: {named}")
        what = f"the share of customers in each segment, by {self.segments.by}"
        return f"Heat-map of {what}. The largest of each: {'; '.join(told)}."

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
