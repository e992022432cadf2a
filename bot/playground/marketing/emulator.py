"""Both accounts as one web application."""

import csv
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.playground.local_pages import let_local_pages_in
from bot.playground.marketing import control
from bot.playground.marketing.faults import Faults
from bot.playground.marketing.gate import Gate
from bot.playground.marketing.klaviyo import Klaviyo
from bot.playground.marketing.shopify import Shopify
from bot.playground.marketing.state import Accounts

LARGEST_BODY = 16 * 1024 * 1024


class MarketingEmulator:
    """A Klaviyo account and a Shopify shop in memory; `make_app` serves them.

    `customers` is the shop's customers export; without it every numeric id is a customer.
    """

    def __init__(self, customers: Path | None = None) -> None:
        self.accounts, self.faults = Accounts(), Faults()
        self.gate = Gate(self.faults)
        if customers is not None:
            self.accounts.customers = _ids(customers)

    @property
    def revision(self) -> int:
        """Grows with every change, so that a keeper knows when to save."""
        return self.accounts.revision

    def dump(self) -> dict[str, Any]:
        return self.accounts.dump()

    def load(self, saved: dict[str, Any]) -> None:
        self.accounts.load(saved)

    def make_app(self) -> web.Application:
        klaviyo = Klaviyo(self.accounts, self.gate, self.faults)
        door = control.Control(self.accounts, self.gate, self.faults)
        app = web.Application(
            middlewares=[let_local_pages_in, self.gate.middleware()],
            client_max_size=LARGEST_BODY,
        )
        app.add_routes(klaviyo.routes())
        app.add_routes(Shopify(self.accounts, self.faults).routes())
        app.add_routes(door.routes())
        app.on_startup.append(klaviyo.resume)
        app.on_shutdown.append(door.close)
        app.on_cleanup.append(klaviyo.close)
        return app


def _ids(path: Path) -> set[str]:
    """Read ids as Shopify exports them, which may stand behind an apostrophe."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["Customer ID"].lstrip("'") for row in csv.DictReader(file)}
