"""What the app did and what was delivered to it, for tests and for the curious."""

from collections import deque
from dataclasses import dataclass
from typing import Any

_KEPT = 20_000


@dataclass
class Call:
    """One Web API call; `args` never contain a token."""

    at: float
    method: str
    ok: bool
    error: str | None
    args: dict[str, Any]


@dataclass
class Delivery:
    """One attempt to deliver one envelope.

    `outcome` is `sent`, then `acked` or `unacked`; `dropped` and `no_connection` never left, and
    `lost` means that this was the last attempt and nobody acknowledged it.
    """

    envelope_id: str
    type: str
    event_id: str | None
    attempt: int
    connection: str | None
    sent_at: float
    payload_kind: str
    acked_at: float | None = None
    outcome: str = "sent"


class Log:
    """The newest calls and deliveries."""

    def __init__(self) -> None:
        self.calls: deque[Call] = deque(maxlen=_KEPT)
        self.deliveries: deque[Delivery] = deque(maxlen=_KEPT)

    def clear(self) -> None:
        self.calls.clear()
        self.deliveries.clear()

    def as_json(self) -> dict[str, Any]:
        return {
            "calls": [dict(vars(each)) for each in self.calls],
            "deliveries": [dict(vars(each)) for each in self.deliveries],
        }
