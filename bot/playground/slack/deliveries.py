"""Delivery of events, commands and interactions: envelopes, acknowledgements, redelivery.

An event that is not acknowledged in time, or finds no connection, is delivered again after
`redeliver_after`; then it is lost and the log says so. Commands and interactions get one try,
because a person waits for the answer. With `deliver_times` the app gets an interaction several
times, as if its acknowledgement had come too late to be noticed.
"""

import asyncio
import random
import secrets
import time
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass, field

from bot.playground.slack.faults import Faults
from bot.playground.slack.ids import Clock, new_id
from bot.playground.slack.log import Delivery, Log
from bot.playground.slack.model import APP_ID, BOT_USER, TEAM_ID, Channel, Json
from bot.playground.slack.sockets import Sockets
from bot.playground.slack.subscriptions import Subscriptions


class NotAcknowledged(Exception):  # noqa: N818 - it is told to a person, not debugged
    """The app did not answer a command or an interaction; the message is what a person sees."""


@dataclass(eq=False)
class Envelope:
    """One payload on its way, with the future that its acknowledgement completes."""

    type: str
    payload: Json
    accepts_response_payload: bool
    payload_kind: str
    event_id: str | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    acknowledged: asyncio.Future[Json] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def frame(self, attempt: int, reason: str) -> Json:
        frame: Json = {
            "envelope_id": self.id,
            "payload": self.payload,
            "type": self.type,
            "accepts_response_payload": self.accepts_response_payload,
        }
        if self.type == "events_api":
            frame |= {"retry_attempt": attempt, "retry_reason": reason}
        return frame


class Deliveries:
    """Sends what happens in the workspace to the app."""

    def __init__(
        self,
        sockets: Sockets,
        subscriptions: Subscriptions,
        faults: Faults,
        log: Log,
        clock: Clock = time.time,
    ) -> None:
        self._sockets = sockets
        self._subscriptions = subscriptions
        self._faults = faults
        self._log = log
        self._clock = clock
        self._waiting: dict[str, Envelope] = {}
        self._attempts: dict[str, list[Delivery]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        sockets.on_frame = self._acknowledge

    def event(self, event: Json, channel: Channel | None) -> None:
        """Deliver `event`, if the app subscribed to it and is where it happened; None: anywhere."""
        if not self._subscriptions.wants(event, channel):
            return
        event_id = new_id("Ev")
        for copy in range(self._faults.deliver_times):
            if copy and self._faults.new_event_id_on_duplicate:
                event_id = new_id("Ev")
            payload = _callback(event, event_id, channel)
            kind = ".".join(filter(None, (event["type"], event.get("subtype"))))
            self._start(self._deliver(Envelope("events_api", payload, False, kind, event_id)))

    async def command(self, payload: Json) -> Json:
        """Deliver a slash command; return the payload of its acknowledgement."""
        return await self._ask(
            Envelope("slash_commands", payload, True, payload["command"]),
            f"{payload['command']} failed because the app did not respond",
        )

    async def interaction(self, payload: Json) -> Json:
        """Deliver a click, shortcut or modal; return the payload of its acknowledgement."""
        takes_answer = payload["type"] in ("view_submission", "block_suggestion")
        return await self._ask(
            Envelope("interactive", payload, takes_answer, payload["type"]),
            "We had some trouble connecting. Try again?",
        )

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _deliver(self, envelope: Envelope) -> None:
        pauses = list(self._faults.redeliver_after)
        self._waiting[envelope.id] = envelope
        previous: str | None = None
        reason = ""
        for attempt in range(len(pauses) + 1):
            if attempt:
                await self._pause(envelope, pauses[attempt - 1], after_first=attempt == 1)
            if envelope.acknowledged.done():
                break
            delivery = await self._attempt(envelope, attempt, reason, previous)
            if envelope.acknowledged.done():
                break
            previous = delivery.connection
            reason = "timeout" if delivery.connection else "connection_failed"
            if attempt == len(pauses):
                delivery.outcome = "lost"
        self._forget(envelope)

    async def _pause(self, envelope: Envelope, seconds: float, *, after_first: bool) -> None:
        # Later pauses are measured from the delivery, whose deadline has passed meanwhile.
        wait = seconds if after_first else max(0.0, seconds - self._faults.ack_deadline)
        await asyncio.wait([envelope.acknowledged], timeout=wait)

    async def _ask(self, envelope: Envelope, failure: str) -> Json:
        self._waiting[envelope.id] = envelope
        try:
            delivery = await self._attempt(envelope, 0, "", None)
            if not envelope.acknowledged.done():
                delivery.outcome = "lost"
                raise NotAcknowledged(failure)
            if envelope.type == "interactive":
                await self._repeat(envelope)
            return envelope.acknowledged.result()
        finally:
            self._forget(envelope)

    async def _repeat(self, envelope: Envelope) -> None:
        """Send what was acknowledged once more; whatever the app answers now, nobody hears."""
        for attempt in range(1, self._faults.deliver_times):
            if (connection := self._sockets.pick(None)) is not None:
                await connection.send(envelope.frame(attempt, "timeout"))

    async def _attempt(
        self, envelope: Envelope, attempt: int, reason: str, previous: str | None
    ) -> Delivery:
        """Send once and wait for the deadline or the acknowledgement."""
        connection = self._sockets.pick(previous)
        delivery = Delivery(
            envelope.id,
            envelope.type,
            envelope.event_id,
            attempt,
            connection.id if connection else None,
            self._clock(),
            envelope.payload_kind,
        )
        self._log.deliveries.append(delivery)
        self._attempts.setdefault(envelope.id, []).append(delivery)
        if connection is None:
            delivery.outcome = "no_connection"
            return delivery
        # Chance decides about a lost frame; nobody has to be unable to guess it.
        if self._faults.socket_silent or random.random() < self._faults.drop_delivery:  # noqa: S311
            delivery.outcome = "dropped"
        elif not await connection.send(envelope.frame(attempt, reason)):
            delivery.outcome = "no_connection"
        await asyncio.wait([envelope.acknowledged], timeout=self._faults.ack_deadline)
        if not envelope.acknowledged.done() and delivery.outcome == "sent":
            delivery.outcome = "unacked"
        return delivery

    def _acknowledge(self, frame: Json) -> None:
        envelope = self._waiting.get(str(frame.get("envelope_id")))
        if envelope is None or envelope.acknowledged.done():
            return
        delivery = self._attempts[envelope.id][-1]
        delivery.acked_at, delivery.outcome = self._clock(), "acked"
        answer = frame.get("payload") if envelope.accepts_response_payload else None
        envelope.acknowledged.set_result(_as_object(answer))

    def _forget(self, envelope: Envelope) -> None:
        self._waiting.pop(envelope.id, None)
        self._attempts.pop(envelope.id, None)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _as_object(answer: object) -> Json:
    if isinstance(answer, str):
        return {"text": answer}
    return answer if isinstance(answer, dict) else {}


def _callback(event: Json, event_id: str, channel: Channel | None) -> Json:
    """Wrap `event` as the Events API does."""
    authorization = {
        "enterprise_id": None,
        "team_id": TEAM_ID,
        "user_id": BOT_USER,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": "playground",
        "team_id": TEAM_ID,
        "context_team_id": TEAM_ID,
        "context_enterprise_id": None,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(float(event["event_ts"])),
        "authorizations": [authorization],
        "is_ext_shared_channel": channel is not None and channel.is_ext_shared,
        "event_context": f"4-{secrets.token_hex(8)}",
    }
