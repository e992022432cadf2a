"""A canary customer and canary secrets everywhere: whatever callers try, none of it gets out."""

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from bot.sidecar.route import Route
from bot.sidecar.routes import ROUTES
from storage.customer_writes import Person
from storage.database import Database
from tests.conftest import MakeDatabase
from tests.end_to_end.conftest import new_bot
from tests.end_to_end.playground import BEN, Bot, Playground
from tests.services.shop import fill, order

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORDS = "xylophonic-canary"
ADMIN = "canary-admin-key-0123456789"
TOKEN = "canary-metrics-token"
SECRETS = {
    "ADMIN_KEY": ADMIN,
    "METRICS_TOKEN": TOKEN,
    "GORGIAS_WEBHOOK_SECRET": "canary-gorgias-webhook",
    "SHOPIFY_WEBHOOK_SECRET": "canary-shopify-webhook",
}
CUSTOMER = Person("9001", "canary@example.test", "+447700900999", "Xylophonia Canary", "GB")
PERSONAL = ("canary@example.test", "7700900999", "Xylophonia", WORDS)
REMAINS = ("xoxb-playground", "xapp-playground", "playground-key", *SECRETS.values())
ODD_HEADERS: tuple[Mapping[str, str], ...] = (
    {"Authorization": f"Basic {ADMIN}"},
    {"Authorization": f"Bearer {ADMIN}x"},
    {"X-API-Key": f"{ADMIN} canary@example.test"},
    {"X-Request-Id": "canary@example.test"},
    {},
)


def paths_of(route: Route) -> list[str]:
    ids = ("9001", "1", "canary@example.test", "%2B447700900999")
    return sorted({re.sub(r"\{[^}]*\}", each, route.path) for each in ids})


async def ask_everything(address: str, key: str, errors: list[str]) -> None:
    """Ask every route, with the customer in every place, and as odd callers."""
    async with httpx.AsyncClient(base_url=address, timeout=30) as http:

        async def ask(
            route: Route, path: str, headers: Mapping[str, str], body: object = None
        ) -> None:
            answer = await http.request(route.method, path, headers=dict(headers), json=body)
            if answer.is_error:
                errors.append(answer.text + str(answer.headers))

        for route in ROUTES:
            good = {"X-API-Key": key}
            for path in paths_of(route):
                await ask(route, path, good)
            await ask(route, f"{path}?q=canary@example.test&colour=1", good)
            await ask(route, f"{path}?api_key={key}", good)
            for headers in ODD_HEADERS:
                await ask(route, path, headers)
            if route.body is not None:
                body = {"subject": WORDS, "message": f"{WORDS} canary@example.test"}
                for more in ({}, {"customer": "canary@example.test"}, {"colour": WORDS}):
                    headers = {**good, "Idempotency-Key": WORDS}
                    await ask(route, path, headers, {**body, **more})


async def speak_badly(port: int, errors: list[str]) -> None:
    for request in (
        f"GET /{WORDS} canary@example.test\r\n\r\n",
        f"GET /api/v1/customers/{WORDS} HTTP/1.1\r\nX-API-Key {ADMIN}\r\n\r\n",
        f"GET / HTTP/1.1\r\nX-API-Key: {ADMIN}{'a' * 9000}\r\n\r\n",
        f"POST /api/v1/tickets HTTP/1.1\r\nContent-Length: canary@example.test\r\n\r\n{WORDS}",
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request.encode())
        errors.append((await asyncio.wait_for(reader.read(), 10)).decode())
        writer.close()


async def a_day_of_callers(playground: Playground, bot: Bot) -> tuple[str, list[str]]:
    """Return the figures and every error that callers were given."""
    errors: list[str] = []
    port = bot.environment["HTTP_PORT"]
    address = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(base_url=address, timeout=30) as http:
        wish = {"owner": "desk", "scopes": ["admin"], "calls_per_minute": 100_000}
        made = await http.post("/admin/keys", json=wish, headers={"X-API-Key": ADMIN})
        key = str(made.json()["secret"])
        await ask_everything(address, key, errors)
        await playground.gorgias_faults(down=True)
        await ask_everything(address, key, errors)
        await playground.calm()
        await speak_badly(int(port), errors)
        await playground.command(BEN, "/customer", "canary@example.test")
        figures = await http.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert figures.status_code == 200
    assert key not in bot.log()
    return figures.text, errors


@pytest.mark.parametrize(("style", "database"), [("json", "postgresql"), ("console", "sqlite")])
async def test_canaries_reach_no_log_no_figure_and_no_error(
    playground: Playground, make_database: MakeDatabase, tmp_path: Path, style: str, database: str
) -> None:
    limits = {"API_ADDRESS_CALLS_PER_MINUTE": "1000000", "API_FAILURES_PER_MINUTE": "200"}
    bot = new_bot(
        playground,
        make_database(database),
        tmp_path,
        LOG_LEVEL="DEBUG",
        LOG_FORMAT=style,
        **SECRETS,
        **limits,
    )
    shop = Database(bot.environment["DATABASE_URL"])
    await fill(shop, [CUSTOMER], [order("9001", CUSTOMER, 1, 1000)])
    await shop.close()
    await bot.start()
    try:
        figures, errors = await a_day_of_callers(playground, bot)
    finally:
        await bot.stop()
    log = bot.log()
    assert "http.answered" in log
    assert len(errors) > 300
    canaries = (*PERSONAL, *REMAINS)
    assert [each for each in canaries if each in log] == []
    assert [each for each in canaries if each in figures] == []
    assert {error for error in errors if any(each in error for each in canaries)} == set()
    routes = set(re.findall(r'route="([^"]*)"', figures))
    assert routes <= {route.path for route in ROUTES} | {"unknown"}
