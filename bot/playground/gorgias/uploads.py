"""Files: multipart upload and the download of what was uploaded."""

import base64
import secrets

from aiohttp import web

from bot.playground.gorgias.access import desk_of
from bot.playground.gorgias.checks import Field, Record, choice, query
from bot.playground.gorgias.enums import UPLOAD_TYPES
from bot.playground.gorgias.errors import ApiError, not_found


async def upload(request: web.Request) -> web.Response:
    """Keep each file part; the name of the part, not the file name, becomes the label."""
    parameters = query(request, {"type": Field(choice(*UPLOAD_TYPES))})
    if request.content_type != "multipart/form-data":
        raise ApiError(400, "The body must be multipart/form-data.")
    kind = parameters.get("type", "attachment")
    parts = await request.post()
    kept = [
        _keep(request, kind, label, part)
        for label, part in parts.items()
        if isinstance(part, web.FileField)
    ]
    if not kept:
        raise ApiError(400, "There is no file in the body.")
    desk_of(request).changed()
    return web.json_response(kept, status=201)


def _keep(request: web.Request, kind: str, label: str, part: web.FileField) -> Record:
    content = part.file.read()
    key = secrets.token_hex(8)
    desk_of(request).files[key] = {
        "type": kind,
        "name": label,
        "content_type": part.content_type,
        "content_base64": base64.b64encode(content).decode(),
    }
    address = request.url.origin().join(request.url.build(path=f"/api/{kind}/download/{key}/"))
    return {
        "url": str(address / label),
        "name": label,
        "content_type": part.content_type,
        "size": len(content),
    }


async def download(request: web.Request) -> web.Response:
    found = desk_of(request).files.get(request.match_info["key"])
    if found is None or found["type"] != request.match_info["type"]:
        raise not_found("File")
    return file_response(found)


def file_response(found: Record) -> web.Response:
    return web.Response(
        body=base64.b64decode(found["content_base64"]),
        content_type=found["content_type"],
        headers={"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"},
    )


def routes() -> list[web.RouteDef]:
    return [
        web.post("/api/upload", upload),
        web.get("/api/{type}/download/{key}/{name}", download),
    ]
