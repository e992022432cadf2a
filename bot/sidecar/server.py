"""The HTTP server beside the bot: starts before it, stops after it."""

from dataclasses import dataclass, field
from uuid import uuid4

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from bot.metrics import Metrics
from bot.sidecar import routes
from bot.sidecar.health import Health

log = structlog.get_logger()

STOP_SECONDS = 3


@dataclass(slots=True)
class Sidecar:
    """Listens on `host` and `port`; port 0 takes a free one, told in the log."""

    host: str
    port: int
    health: Health
    metrics: Metrics
    metrics_token: str
    _runner: web.AppRunner | None = field(default=None, init=False)

    async def start(self) -> None:
        """Bind and serve; raises OSError when the port is taken."""
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=STOP_SECONDS)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port).start()
        log.info("sidecar.listening", addresses=[str(at) for at in self._runner.addresses])

    async def stop(self) -> None:
        """Finish what is being answered, then close."""
        if self._runner is not None:
            await self._runner.cleanup()

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[_answer_errors], client_max_size=1024 * 1024)
        app[routes.HEALTH] = self.health
        app[routes.METRICS] = self.metrics
        app[routes.METRICS_TOKEN] = self.metrics_token
        for route in routes.ROUTES:
            app.router.add_route(route.method, route.path, _guarded(route))
        return app


def _guarded(route: routes.Route) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        if not routes.may(route.access, request):
            return error_response(401, "unauthorised", "This needs the token of METRICS_TOKEN.")
        return await route.answer(request)

    return answer


@web.middleware
async def _answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """One error shape everywhere; a reference instead of a traceback."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        code = error.reason.lower().replace(" ", "_")
        return error_response(error.status, code, f"{error.reason}.")
    except Exception:
        reference = uuid4().hex[:8]
        log.exception("http.failed", path=request.path, reference=reference)
        return error_response(500, "failed", "Something went wrong here.", reference)


def error_response(status: int, code: str, message: str, reference: str = "") -> web.Response:
    """Build the one error shape of the sidecar."""
    error = {"code": code, "message": message, "reference": reference or uuid4().hex[:8]}
    return web.json_response({"error": error}, status=status)
