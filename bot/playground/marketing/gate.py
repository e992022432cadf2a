"""What stands between a caller and either API: faults, rate limits, lost answers, the log."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.playground.marketing.faults import Faults

REMEMBERED_CALLS = 20_000


class Refusal(Exception):  # noqa: N818 - an answer, not an error of ours
    """An answer in the words of the API that gives it."""

    def __init__(self, status: int, body: dict[str, Any], **headers: str) -> None:
        super().__init__(str(status))
        self.status, self.body = status, body
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass
class Gate:
    """Decides on every call to `/api/` and `/admin/` before and after its route runs."""

    faults: Faults
    calls: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=REMEMBERED_CALLS))
    _seen: dict[str, deque[float]] = field(default_factory=dict)

    def middleware(self) -> Middleware:
        @web.middleware
        async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path.startswith("/play/"):
                return await handler(request)
            return await self._call(request, handler)

        return gate

    def limit(self, endpoint: str, burst: int, steady: int) -> dict[str, str]:
        """Count a call against so many a second and a minute; raises Refusal with 429."""
        switches, at = self.faults.switches, time.monotonic()
        times = self._seen.setdefault(endpoint, deque())
        while times and at - times[0] > 60:  # noqa: PLR2004 - a minute
            times.popleft()
        in_second = sum(at - each < 1 for each in times)
        waits = []
        if in_second >= burst * switches.limits_scale:
            waits.append(1)
        if len(times) >= steady * switches.limits_scale:
            waits.append(int(60 - (at - times[0])) + 1)
        if switches.rate_limited or waits:
            body = {"errors": [{"status": 429, "code": "throttled", "title": "Throttled"}]}
            raise Refusal(429, body, Retry_After=str(max(waits, default=2)))
        times.append(at)
        left = int(burst * switches.limits_scale - in_second - 1)
        return {"RateLimit-Limit": str(burst), "RateLimit-Remaining": str(left)}

    async def _call(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        call: dict[str, Any] = {"method": request.method, "path": request.path, "status": None}
        self.calls.append(call)
        switches = self.faults.switches
        await request.read()
        if switches.slow_ms:
            await asyncio.sleep(switches.slow_ms / 1000)
        writes = request.method != "GET"
        if switches.down or (writes and self.faults.strikes(switches.error_rate)):
            call["status"] = 503
            return web.json_response({"errors": [{"title": "Unavailable"}]}, status=503)
        try:
            response = await handler(request)
        except Refusal as refusal:
            call["status"] = refusal.status
            return web.json_response(refusal.body, status=refusal.status, headers=refusal.headers)
        call["status"] = response.status
        if writes and self.faults.strikes(switches.lose_reply_rate) and request.transport:
            call["status"] = "lost"
            request.transport.abort()
        return response
