"""What of an insight can be chosen anew: as words that are typed, and as fields of a form."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from commands.insights import InsightsRequest, parse
from services.analytics.segments import SEGMENT_NAMES
from services.insights.events import MEANINGS, Event, Span
from services.insights.request import (
    USUAL_COUNT,
    USUAL_FINDINGS,
    USUAL_TOP,
    AffinityRequest,
    ChurnOrder,
    ChurnRequest,
    CohortRequest,
    Cut,
    InsightRequest,
    ProductOrder,
    ProductsRequest,
    SeasonalRequest,
    SegmentCut,
    SegmentsRequest,
)

WHOLE = "whole"
PERIODS = {WHOLE: "All there is", **{f"{n}m": f"Last {n} months" for n in (3, 6, 12, 24)}}
COUNTS = (5, 10, 20, 50, 100)


@dataclass(frozen=True, slots=True)
class Choice:
    """A field of the form; `options` are what is typed -> what is read, `chosen` one of them."""

    name: str
    label: str
    options: Mapping[str, str]
    chosen: str


def typed(request: InsightRequest) -> str:
    """Write a request as `parse` reads it."""
    return " ".join(part for part in _parts(request) if part)


def choices(request: InsightRequest) -> list[Choice]:
    """List what can be chosen; what is not listed stays as it is."""
    match request:
        case CohortRequest():
            return [_cut(Cut, request.by), _period(request.months)]
        case AffinityRequest():
            kinds = {"pairs": "Pairs of products", "rules": "Who buys … buys (longer sets)"}
            counts = {str(n): f"{n} orders" for n in sorted({*COUNTS, request.thresholds.count})}
            return [
                Choice("kind", "What", kinds, "rules" if request.with_rules else "pairs"),
                _period(request.months),
                Choice("count", "Together in at least", counts, str(request.thresholds.count)),
            ]
        case SegmentsRequest():
            return [_cut(SegmentCut, request.by)]
        case ChurnRequest():
            chosen = WHOLE if request.segment is None else SEGMENT_NAMES[request.segment]
            segments = {WHOLE: "Everybody", **{name: name for name in SEGMENT_NAMES}}
            return [
                _order(ChurnOrder, request.by),
                Choice("segment", "Who", segments, chosen),
            ]
        case ProductsRequest():
            return [_order(ProductOrder, request.by), _period(request.months)]
        case SeasonalRequest():
            events = {str(event): f"{event.heading}: {MEANINGS[event]}" for event in Event}
            current = _event(request.event)
            return [
                Choice("event", "Event", {**events, current: events.get(current, current)}, current)
            ]


def changed(words: str, chosen: Mapping[str, str]) -> InsightsRequest:
    """Apply what a form says to what was typed; raises WrongInputError."""
    request = parse(words).request
    if request is None:
        return InsightsRequest(None)
    return parse(" ".join(part for part in _parts(request, chosen) if part))


def _parts(request: InsightRequest, chosen: Mapping[str, str] | None = None) -> Iterable[str]:
    now = {choice.name: choice.chosen for choice in choices(request)} | dict(chosen or {})
    by, period = _said("by ", now.get("by")), _said("", now.get("period"))
    match request:
        case CohortRequest():
            return ["cohorts", by, period]
        case AffinityRequest():
            return ["affinity", *_affinity(request, now), period]
        case SegmentsRequest():
            return ["segments", by]
        case ChurnRequest():
            segment = _said("segment=", now.get("segment")).replace(" ", "-")
            return ["churn", by, segment, _top(request.top, USUAL_TOP)]
        case ProductsRequest():
            return ["products", by, period, _top(request.top, USUAL_TOP)]
        case SeasonalRequest():
            return ["seasonal", now["event"]]


def _affinity(request: AffinityRequest, now: Mapping[str, str]) -> Iterable[str]:
    usual = USUAL_COUNT if request.min_support is None else 1
    yield request.product
    yield "rules" if now["kind"] == "rules" else ""
    yield "" if now["count"] == str(usual) else f"min_count={now['count']}"
    if request.min_support is not None:
        yield f"min_support={request.min_support:f}"
    if request.min_confidence is not None:
        yield f"min_confidence={request.min_confidence:f}"
    yield _top(request.top, USUAL_FINDINGS)


def _said(before: str, chosen: str | None) -> str:
    return "" if chosen in {None, WHOLE} else f"{before}{chosen}"


def _top(top: int, usual: int) -> str:
    return "" if top == usual else f"top={top}"


def _period(months: int | None) -> Choice:
    chosen = f"{months}m" if months else WHOLE
    return Choice("period", "Period", {**PERIODS, chosen: PERIODS.get(chosen, chosen)}, chosen)


def _cut(kinds: type[StrEnum], by: StrEnum | None) -> Choice:
    options = {WHOLE: "All customers", **{str(kind): f"By {_spoken(kind)}" for kind in kinds}}
    return Choice("by", "Divided", options, str(by or WHOLE))


def _order(kinds: type[StrEnum], by: StrEnum) -> Choice:
    options = {str(kind): kind.capitalize() for kind in kinds}
    return Choice("by", "Sorted by", options, str(by))


def _spoken(kind: StrEnum) -> str:
    return "first product" if kind == Cut.PRODUCT else str(kind)


def _event(event: Event | Span) -> str:
    return str(event) if isinstance(event, Event) else f"{event.first}..{event.last}"
