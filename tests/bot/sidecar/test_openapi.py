"""The document describes every route, and the page draws it without anything from elsewhere."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import schemathesis
from playwright.async_api import Page, async_playwright

from bot.sidecar.openapi import document
from bot.sidecar.route import KeyAccess
from bot.sidecar.routes import ROUTES
from tests.bot.playground.test_page import ARGUMENTS, CHROMIUM
from tests.bot.sidecar.running import ADMIN_KEY, Running


@pytest.fixture(scope="module")
def described() -> Any:  # noqa: ANN401 - JSON
    return document(ROUTES)


def test_document_is_valid_openapi_31(described: Any) -> None:  # noqa: ANN401
    assert described["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(described).validate()


def test_every_route_but_aliases_is_described_with_who_may(described: Any) -> None:  # noqa: ANN401
    for route in ROUTES:
        if route.is_alias:
            assert route.path not in described["paths"]
            continue
        operation = described["paths"][route.path][route.method.lower()]
        if isinstance(route.access, KeyAccess):
            assert operation["x-scope"] == route.access.scope
            assert operation["security"]
            assert operation["summary"]
        assert str(route.status) in operation["responses"]


def test_every_answer_of_the_api_has_a_schema(described: Any) -> None:  # noqa: ANN401
    for path, methods in described["paths"].items():
        for operation in methods.values() if path.startswith("/api/") else ():
            [success] = [each for status, each in operation["responses"].items() if status < "300"]
            schema = success["content"]["application/json"]["schema"]
            assert set(schema) & {"$ref", "anyOf"}, path


def test_names_are_said_once(described: Any) -> None:  # noqa: ANN401
    operations = [each for methods in described["paths"].values() for each in methods.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(set(ids)) == len(ids)


async def test_document_and_page_are_open_to_all(running: Running) -> None:
    status, found = await running.ask("/openapi.json")
    assert (status, found["info"]["title"]) == (200, "Regulars")
    for path in ("/docs", "/docs/page.js", "/docs/schema.js", "/docs/page.css"):
        status, text = await running.ask(path)
        assert status == 200
        assert "https://" not in text
        assert "default-src 'none'" in running.last_headers["Content-Security-Policy"]


def _note(problems: list[str], kind: str, text: str) -> None:
    if kind in {"error", "warning"}:
        problems.append(text)


@pytest.fixture
async def browser_page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield await browser.new_page()
        await browser.close()


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
async def test_page_lists_paths_and_asks_them(running: Running, browser_page: Page) -> None:
    problems: list[str] = []
    browser_page.on("console", lambda said: _note(problems, said.type, said.text))
    browser_page.on("pageerror", lambda error: problems.append(str(error)))
    asked: list[str] = []
    browser_page.on("request", lambda request: asked.append(request.url))
    await browser_page.goto(f"{running.address}/docs")
    await browser_page.get_by_label("Filter paths").fill("keys")
    await browser_page.get_by_role("link", name="GET /admin/keys").click()
    operation = browser_page.locator("#get_admin_keys")
    await operation.get_by_text("Authorization: Bearer $REGULARS_KEY").wait_for()
    await browser_page.get_by_label("API key").fill(ADMIN_KEY)
    await operation.get_by_role("button", name="Try it").click()
    await operation.get_by_text("200 in").wait_for()
    assert problems == []
    assert all(url.startswith(running.address) for url in asked)
    assert not any(ADMIN_KEY in url for url in asked)
