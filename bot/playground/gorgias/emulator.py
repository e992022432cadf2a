"""The emulated helpdesk as one part: state, faults and the web application over them."""

import asyncio
from typing import Any

from aiohttp import web

from bot.playground.gorgias import (
    account,
    control,
    customers,
    messages,
    surveys,
    tags,
    tickets,
    uploads,
)
from bot.playground.gorgias.access import DESK, FAULTS
from bot.playground.gorgias.faults import Faults
from bot.playground.gorgias.gate import Gate
from bot.playground.gorgias.ratelimit import LeakyBucket
from bot.playground.gorgias.state import Helpdesk
from bot.playground.local_pages import let_local_pages_in

USERNAME = "bot@playground.test"
API_KEY = "playground-key"
LARGEST_BODY = 64 * 1024 * 1024


class GorgiasEmulator:
    """A Gorgias account in memory; `make_app` serves it, `dump` and `load` keep it."""

    def __init__(self, username: str = USERNAME, api_key: str = API_KEY) -> None:
        self.desk = Helpdesk()
        self.faults = Faults()
        switches = self.faults.switches
        bucket = LeakyBucket(switches.limit, switches.window)
        self.gate = Gate(username, api_key, self.faults, bucket)

    @property
    def revision(self) -> int:
        """Grows with every change, so that a keeper knows when to save."""
        return self.desk.revision

    def dump(self) -> dict[str, Any]:
        """Everything worth keeping as JSON-ready data; faults and the log of calls are not."""
        return self.desk.dump()

    def load(self, saved: dict[str, Any]) -> None:
        self.desk.load(saved)

    def make_app(self) -> web.Application:
        app = web.Application(
            middlewares=[let_local_pages_in, control.answer_refusals, self.gate.middleware()],
            client_max_size=LARGEST_BODY,
        )
        app[DESK] = self.desk
        app[FAULTS] = self.faults
        app[control.GATE] = self.gate
        for part in (account, tickets, messages, tags, customers, surveys, uploads, control):
            app.add_routes(part.routes())
        app[control.STREAMS] = set()
        app.on_shutdown.append(control.end_streams)
        app.on_cleanup.append(self._drop_late_commits)
        return app

    async def _drop_late_commits(self, _app: web.Application) -> None:
        late = list(self.gate.late)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
