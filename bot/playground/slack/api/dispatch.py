"""The door of the Web API: tokens, scopes, rate limits, fault switches, then the method."""

import asyncio
import json
from typing import Any

from aiohttp import web

from bot.playground.slack.api.arguments import Arguments
from bot.playground.slack.api.methods import METHODS, Method
from bot.playground.slack.core import APP_TOKEN, BOT_TOKEN, Slack
from bot.playground.slack.errors import RateLimited, SlackError
from bot.playground.slack.log import Call
from bot.playground.slack.model import Json


class WebApi:
    """Answers `/api/<method>`."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    async def serve(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        faults = self._slack.faults
        if faults.latency_ms:
            await asyncio.sleep(faults.latency_ms / 1000)
        status = faults.take(faults.http_status, name)
        if status is not None:
            self._log(name, {}, f"http_{status['status']}")
            return web.Response(status=status["status"], text="The playground was told to fail.")
        values: Json = {}
        try:
            values = await _values(request)
            token = _token(request, values)
            answer: Json = {"ok": True} | self._answer(name, values, token)
        except RateLimited as refusal:
            self._log(name, values, "ratelimited")
            return _ratelimited(refusal.retry_after)
        except SlackError as refusal:
            answer = {"ok": False, "error": refusal.code} | refusal.extra
        self._log(name, values, answer.get("error"))
        if faults.take(faults.lose_reply, name) is not None and request.transport is not None:
            request.transport.close()
        return web.json_response(answer, headers=self._headers(name))

    def _answer(self, name: str, values: Json, token: str) -> Json:
        method = METHODS.get(name)
        if method is None:
            raise SlackError("unknown_method", req_method=name)
        faults, slack = self._slack.faults, self._slack
        limited = faults.take(faults.ratelimit, name)
        if limited is not None:
            raise RateLimited(limited.get("retry_after", 1))
        self._authorize(method, token)
        slack.limits.call(name, method.tier)
        failure = faults.take(faults.fail, name)
        if failure is not None:
            raise SlackError(failure.get("error", "internal_error"))
        return method.run(slack, Arguments(values))

    def _authorize(self, method: Method, token: str) -> None:
        if not token:
            raise SlackError("not_authed")
        if token not in (BOT_TOKEN, APP_TOKEN):
            raise SlackError("invalid_auth")
        if (token == APP_TOKEN) != method.needs_app_token:
            raise SlackError("not_allowed_token_type")
        if token == BOT_TOKEN and self._slack.faults.revoked:
            raise SlackError("token_revoked")
        granted = self._slack.manifest.scopes
        if method.scopes and granted.isdisjoint(method.scopes):
            needed, provided = ",".join(method.scopes), ",".join(sorted(granted))
            raise SlackError("missing_scope", needed=needed, provided=provided)

    def _headers(self, name: str) -> dict[str, str]:
        headers = {"x-oauth-scopes": ",".join(sorted(self._slack.manifest.scopes))}
        if name in METHODS:
            headers["x-accepted-oauth-scopes"] = ",".join(METHODS[name].scopes)
        return headers

    def _log(self, name: str, values: Json, error: str | None) -> None:
        call = Call(self._slack.clock(), name, error is None, error, values)
        self._slack.log.calls.append(call)


async def _values(request: web.Request) -> Json:
    values: Json = dict(request.query)
    if request.content_type == "application/json":
        body = await request.text()
        try:
            parsed = json.loads(body) if body else {}
        except json.JSONDecodeError:
            raise SlackError("invalid_json") from None
        if not isinstance(parsed, dict):
            raise SlackError("json_not_object")
        return values | parsed
    return values | {
        name: value for name, value in (await request.post()).items() if isinstance(value, str)
    }


def _token(request: web.Request, values: dict[str, Any]) -> str:
    """Take the token out of the header or, as forms may, out of the arguments."""
    in_arguments = values.pop("token", "")
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    # Neither JSON bodies nor app-level tokens are allowed in the arguments.
    if request.content_type == "application/json" or str(in_arguments).startswith("xapp-"):
        return ""
    return str(in_arguments)


def _ratelimited(seconds: int) -> web.Response:
    answer = {"ok": False, "error": "ratelimited"}
    return web.json_response(answer, status=429, headers={"Retry-After": str(seconds)})
