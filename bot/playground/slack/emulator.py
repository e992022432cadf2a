"""The emulated Slack as one web application."""

import time
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.playground.slack.api.dispatch import WebApi
from bot.playground.slack.cast import new_workspace
from bot.playground.slack.control import Control
from bot.playground.slack.core import BOT_TOKEN, Slack
from bot.playground.slack.errors import SlackError
from bot.playground.slack.ids import Clock
from bot.playground.slack.manifest import Manifest
from bot.playground.slack.persistence import Keeper, load, save
from bot.playground.slack.responses import answer

_ROOT = Path(__file__).resolve().parents[3]
_PAGE = Path(__file__).resolve().parents[1] / "page"
# The page runs no script but its own and talks to nobody but the two emulators.
_PAGE_POLICY = (
    "default-src 'self'; connect-src 'self' http://127.0.0.1:* http://localhost:*; "
    "img-src 'self' data: http://127.0.0.1:* http://localhost:*; style-src 'self'"
)
_LARGEST_BODY = 64 * 1024 * 1024
_SIGN_IN = "<!DOCTYPE html><html><head><title>Sign in | Slack</title></head><body></body></html>"


class SlackEmulator:
    """A workspace with our app installed from `manifest`; state is kept in `state`, if given.

    The page shows the emulated Gorgias and marketing accounts and suggests the e-mails in `hints`.
    """

    def __init__(
        self,
        manifest: Manifest | Path = _ROOT / "manifest.yml",
        state: Path | None = None,
        clock: Clock = time.time,
        *,
        gorgias: str = "",
        marketing: str = "",
        hints: Sequence[str] = (),
    ) -> None:
        declared = manifest if isinstance(manifest, Manifest) else Manifest.load(manifest)
        workspace = (load(state) if state else None) or new_workspace()
        self.slack = Slack.assemble(workspace, declared, clock)
        self._state = state
        self._config = {"gorgias": gorgias, "marketing": marketing, "hints": list(hints)}

    def make_app(self) -> web.Application:
        app = web.Application(client_max_size=_LARGEST_BODY, middlewares=[self._learn_address])
        app.router.add_route("*", "/api/{method}", WebApi(self.slack).serve)
        app.router.add_get("/socket", self.slack.sockets.serve)
        app.router.add_get("/files/{id}/{name}", self._download)
        app.router.add_post("/upload/{id}", self._upload)
        app.router.add_post("/response/{token}", self._respond)
        app.router.add_get("/", _index)
        if _PAGE.is_dir():
            app.router.add_static("/page/", _PAGE)
        Control(self.slack, self._config).add_routes(app)
        if self._state is not None:
            app.cleanup_ctx.append(self._keeper(self._state).run)
        app.on_shutdown.append(self._stop)
        app.on_response_prepare.append(_never_stale)
        return app

    def _keeper(self, folder: Path) -> Keeper:
        return Keeper(
            lambda: self.slack.changes.revision,
            lambda: save(self.slack.workspace, folder),
        )

    @web.middleware
    async def _learn_address(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Remember where we are reached, since sockets and files are linked from there."""
        self.slack.shapes.address = f"http://{request.host}"
        return await handler(request)

    async def _stop(self, _app: web.Application) -> None:
        await self.slack.sockets.close()
        await self.slack.deliveries.close()

    async def _download(self, request: web.Request) -> web.Response:
        file = self.slack.workspace.files.get(request.match_info["id"])
        content = self.slack.workspace.contents.get(request.match_info["id"])
        has_token = request.headers.get("Authorization") == f"Bearer {BOT_TOKEN}"
        if not has_token or "files:read" not in self.slack.manifest.scopes:
            return web.Response(text=_SIGN_IN, content_type="text/html")
        if file is None or content is None:
            return web.Response(status=404, text="File not found")
        return web.Response(body=content, content_type=file.mimetype)

    async def _upload(self, request: web.Request) -> web.Response:
        file = self.slack.workspace.files.get(request.match_info["id"])
        if file is None:
            return web.Response(status=404, text="not found")
        content = await _uploaded(request)
        self.slack.workspace.contents[file.id] = content
        file.size = len(content)
        return web.Response(text=f"OK - {len(content)}")

    async def _respond(self, request: web.Request) -> web.Response:
        try:
            body = await request.json()
            answer(self.slack, request.match_info["token"], body)
        except SlackError as refusal:
            status = 404 if refusal.code in ("expired_url", "used_url") else 400
            return web.json_response(
                {"ok": False, "error": refusal.code} | refusal.extra, status=status
            )
        except ValueError:
            return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
        return web.Response(text="ok")


async def _index(_request: web.Request) -> web.StreamResponse:
    index = _PAGE / "index.html"
    if not index.is_file():
        return web.Response(status=404, text="The playground page is not there.")
    return web.FileResponse(index, headers={"Content-Security-Policy": _PAGE_POLICY})


async def _never_stale(request: web.Request, response: web.StreamResponse) -> None:
    """Make browsers ask for the page's modules each time, so that all are of one version."""
    if request.path == "/" or request.path.startswith("/page/"):
        response.headers["Cache-Control"] = "no-cache"


async def _uploaded(request: web.Request) -> bytes:
    """Read the bytes of an upload, sent raw or as a form."""
    if request.content_type != "multipart/form-data":
        return await request.read()
    for part in (await request.post()).values():
        if isinstance(part, web.FileField):
            return part.file.read()
    return b""
