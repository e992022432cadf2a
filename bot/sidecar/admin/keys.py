"""Keys of the API: made, replaced and withdrawn by whoever holds one with the scope admin."""

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from bot.sidecar.answers import result_response
from bot.sidecar.api.parameters import number_in_path
from bot.sidecar.auth import caller_of
from bot.sidecar.parts import SERVICES
from bot.sidecar.requests import read_body
from bot.sidecar.route import Route, require
from services.api_keys import OVERLAP_HOURS, ApiKey, KeyRequest, NewKey, Scope

ADMIN = require(Scope.ADMIN)


class NewKeyBody(BaseModel):
    """What a new key is to be."""

    model_config = ConfigDict(extra="forbid", strict=True)

    owner: str
    scopes: list[str]
    days: int | None = None
    note: str = ""
    calls_per_minute: int | None = None


class RotationBody(BaseModel):
    """How long the old key goes on working."""

    model_config = ConfigDict(extra="forbid", strict=True)

    overlap_hours: float = OVERLAP_HOURS


async def list_keys(request: web.Request) -> web.Response:
    keys = await request.app[SERVICES].api_keys.all_keys()
    return result_response(tuple[ApiKey, ...], keys)


async def create_key(request: web.Request) -> web.Response:
    body = await read_body(request, NewKeyBody)
    wanted = KeyRequest(**body.model_dump())
    made = await request.app[SERVICES].api_keys.create(wanted, caller_of(request).actor)
    return result_response(NewKey, made, status=201)


async def rotate_key(request: web.Request) -> web.Response:
    key_id = number_in_path(request, "key")
    body = await read_body(request, RotationBody)
    keys, actor = request.app[SERVICES].api_keys, caller_of(request).actor
    made = await keys.rotate(key_id, actor, body.overlap_hours)
    return result_response(NewKey, made, status=201)


async def revoke_key(request: web.Request) -> web.Response:
    key_id = number_in_path(request, "key")
    keys, actor = request.app[SERVICES].api_keys, caller_of(request).actor
    return result_response(ApiKey, await keys.revoke(key_id, actor))


KEY_ROUTES: tuple[Route, ...] = (
    Route("GET", "/admin/keys", ADMIN, list_keys, "All keys", result=tuple[ApiKey, ...]),
    Route(
        "POST",
        "/admin/keys",
        ADMIN,
        create_key,
        "Make a key",
        body=NewKeyBody,
        result=NewKey,
        status=201,
    ),
    Route(
        "POST",
        "/admin/keys/{id}/rotate",
        ADMIN,
        rotate_key,
        "Replace a key",
        body=RotationBody,
        result=NewKey,
        status=201,
    ),
    Route("POST", "/admin/keys/{id}/revoke", ADMIN, revoke_key, "Withdraw a key", result=ApiKey),
)
