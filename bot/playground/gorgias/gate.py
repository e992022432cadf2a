"""What stands between a caller and the API: key, rate limit, faults, and the log of calls."""

import asyncio
import base64
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.playground.gorgias.errors import ApiError
from bot.playground.gorgias.faults import Fate, Faults
from bot.playground.gorgias.ratelimit import LeakyBucket
from bot.playground.gorgias.state import now

LIMIT_HEADER = "X-Gorgias-Account-Api-Call-Limit"
RETRY_AFTER_WHEN_SWITCHED_ON = 2
REMEMBERED_CALLS = 20_000


class ConnectionCut(Exception):  # noqa: N818 - an event of the emulation, not an error of ours
    """The caller gets no answer; `fault` says why."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass
class Gate:
    """Decides on every API call before and after its route runs."""

    username: str
    api_key: str
    faults: Faults
    bucket: LeakyBucket
    calls: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=REMEMBERED_CALLS))
    late: set[asyncio.Task[web.StreamResponse]] = field(default_factory=set)

    def middleware(self) -> Middleware:
        @web.middleware
        async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
            if not request.path.startswith("/api/"):
                return await handler(request)
            return await self._call(request, handler)

        return gate

    async def _call(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        call: dict[str, Any] = {"at": now(), "method": request.method, "path": request.path}
        call |= {"query": request.query_string, "status": None, "fault": None}
        self.calls.append(call)
        try:
            response = await self._decide(request, handler, call)
        except ConnectionCut as cut:
            call["fault"] = cut.fault
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        response.headers[LIMIT_HEADER] = self.bucket.usage
        call["status"] = response.status
        return response

    async def _decide(
        self,
        request: web.Request,
        handler: Handler,
        call: dict[str, Any],
    ) -> web.StreamResponse:
        try:
            await _read_body(request)
            await self._pass_switches(request, call)
        except ApiError as error:
            return error.response()
        fate = self.faults.fate(request.method)
        if fate is Fate.ERROR:
            call["fault"] = fate.value
            return ApiError(500, "Internal server error.").response()
        if fate is Fate.LATE_COMMIT:
            self._commit_later(request, handler)
            raise ConnectionCut(fate.value)
        response = await _answer(request, handler)
        if fate is Fate.LOST_REPLY:
            raise ConnectionCut(fate.value)
        return response

    async def _pass_switches(self, request: web.Request, call: dict[str, Any]) -> None:
        switches = self.faults.switches
        if switches.slow_ms:
            call["fault"] = "slow"
            await asyncio.sleep(switches.slow_ms / 1000)
        if switches.refuse:
            raise ConnectionCut("refuse")
        if switches.down:
            call["fault"] = "down"
            raise ApiError(503, "Service unavailable.")
        if switches.wrong_key or not self._is_known(request):
            call["fault"] = "wrong_key" if switches.wrong_key else None
            raise ApiError(401, "Invalid credentials.")
        wait = self.bucket.take()
        if switches.rate_limited:
            call["fault"] = "rate_limited"
            wait = wait or RETRY_AFTER_WHEN_SWITCHED_ON
        if wait:
            raise ApiError(429, "Too many requests.", headers={"Retry-After": str(wait)})
        if switches.read_only and request.method not in {"GET", "HEAD"}:
            call["fault"] = "read_only"
            raise ApiError(403, "Your role does not allow this.")

    def _is_known(self, request: web.Request) -> bool:
        scheme, _, coded = request.headers.get("Authorization", "").partition(" ")
        try:
            plain = base64.b64decode(coded, validate=True).decode()
        except ValueError:
            return False
        username, _, api_key = plain.partition(":")
        known = (username.lower(), api_key) == (self.username, self.api_key)
        return scheme.lower() == "basic" and known

    def _commit_later(self, request: web.Request, handler: Handler) -> None:
        delay = self.faults.switches.late_commit_seconds

        async def commit() -> web.StreamResponse:
            await asyncio.sleep(delay)
            return await _answer(request, handler)

        task = asyncio.create_task(commit())
        self.late.add(task)
        task.add_done_callback(self.late.discard)


async def _read_body(request: web.Request) -> None:
    """Read it before anything else: a late commit works on it after the caller is gone."""
    try:
        if request.content_type == "multipart/form-data":
            await request.post()
        else:
            await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise ApiError(413, "Payload too large.") from None


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except ApiError as error:
        return error.response()
    except web.HTTPException as refusal:
        return ApiError(refusal.status, refusal.reason).response()
