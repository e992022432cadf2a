"""What callers may do to a connection, spoken byte by byte."""

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from services.api_keys import Scope
from tests.bot.sidecar.running import ADMIN_KEY, Running

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def connected(running: Running) -> AsyncIterator[Streams]:
    reader, writer = await asyncio.open_connection("127.0.0.1", running.sidecar.port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def raw(running: Running, request: bytes) -> bytes:
    async with connected(running) as (reader, writer):
        writer.write(request)
        return await asyncio.wait_for(reader.read(), 20)


async def seconds_until_closed(
    running: Running, start: bytes, then: bytes = b"", every: float = 1.0
) -> tuple[float, bytes]:
    """Send `start`, then a byte of `then` each `every` seconds, and wait for the end.

    A byte that comes when all is over makes the system reset the connection, which may take the
    answer with it.
    """
    began = time.monotonic()
    async with connected(running) as (reader, writer):
        writer.write(start)
        reading = asyncio.create_task(reader.read())
        for byte in then:
            await asyncio.wait([reading], timeout=every)
            if reading.done():
                break
            writer.write(bytes([byte]))
        try:
            answer = await asyncio.wait_for(reading, 30)
        except ConnectionResetError:
            answer = b""
    return time.monotonic() - began, answer


async def test_bad_input_40_slow_callers_are_closed_after_5_5_10_and_5_seconds(
    running: Running,
) -> None:
    post = (
        f"POST /admin/keys HTTP/1.1\r\nHost: x\r\nX-API-Key: {ADMIN_KEY}\r\n"
        "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n"
    ).encode()
    half_line, headers, silent, body = await asyncio.gather(
        seconds_until_closed(running, b"GET /hea", b"x" * 100),
        seconds_until_closed(running, b"GET /health HTTP/1.1\r\nHost: x\r\nA: ", b"y" * 100),
        seconds_until_closed(running, b""),
        seconds_until_closed(running, post, b'{"owner"' * 10, every=2.0),
    )
    for took, _ in (half_line, headers, silent):
        assert 4.5 < took < 6.5
    took, answer = body
    assert 9.5 < took < 12
    assert answer == b"" or answer.startswith(b"HTTP/1.1 408")


async def test_who_does_not_finish_the_headers_is_told_so_and_who_never_asked_is_not(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sidecar.connections.HEADER_SECONDS", 0.5)
    first = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
    silent, begun, second = await asyncio.gather(
        seconds_until_closed(running, b""),
        seconds_until_closed(running, b"GET /health HTTP/1.1\r\nHost: x\r\nA: "),
        seconds_until_closed(running, first + b"GET /hea", b"xxx", every=0.2),
    )
    assert silent[1] == b""
    head, _, body = begun[1].partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert b"\r\nConnection: close\r\n" in head + b"\r\n"
    assert json.loads(body)["error"]["code"] == "too_slow"
    assert int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0]) == len(body)
    assert [part[:4] for part in second[1].split(b"HTTP/1.1 ")[1:]] == [b"200 ", b"408 "]


async def test_connection_that_answered_is_kept_for_the_next_request(running: Running) -> None:
    async with connected(running) as (reader, writer):
        for _ in range(3):
            writer.write(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await reader.readexactly(length)


async def test_idle_connection_is_closed(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.sidecar.connections.IDLE_SECONDS", 0.5)
    took, answer = await seconds_until_closed(
        running, b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 200")
    assert 0.4 < took < 3


@pytest.mark.parametrize("running", [{"http_connections_per_address": 5}], indirect=True)
async def test_oldest_unfinished_request_makes_room_for_newcomers(running: Running) -> None:
    slow = [await asyncio.open_connection("127.0.0.1", running.sidecar.port) for _ in range(20)]
    for _, writer in slow:
        writer.write(b"GET /")
    assert (await running.ask("/health/live"))[0] == 200
    assert await slow[0][0].read() == b""
    closed = running.parts.metrics.registry.get_sample_value(
        "regulars_http_connections_closed_total", {"reason": "evicted"}
    )
    assert closed == 16
    for _, writer in slow:
        writer.close()


@pytest.mark.parametrize("running", [{"http_connections": 2}], indirect=True)
async def test_connection_beyond_the_limit_is_told_so_when_all_are_busy(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = asyncio.Event()

    async def report() -> tuple[bool, dict[str, str]]:
        await hold.wait()
        return True, {}

    monkeypatch.setattr("bot.sidecar.health.Health.report", lambda _self: report())
    busy = [asyncio.create_task(raw(running, REQUEST)) for _ in range(2)]
    await asyncio.sleep(0.2)
    refused = await raw(running, REQUEST)
    hold.set()
    assert refused.startswith(b"HTTP/1.1 503")
    assert b'"too_many_connections"' in refused
    for answer in await asyncio.gather(*busy):
        assert answer.startswith(b"HTTP/1.1 200")


REQUEST = b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"nonsense canary\r\n\r\n", 400),
        (b"GET /health HTTP/1.1\r\nHost: x\r\ncanary\r\n\r\n", 400),
        (b"GET /health HTTP/1.1\r\nHost: x\r\n" + b"A: canary\r\n" * 100 + b"\r\n", 400),
        (b"GET /health HTTP/1.1\r\nHost: x\r\nA: canary" + b"a" * 9000 + b"\r\n\r\n", 431),
        (b"GET /" + b"canary" * 2000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 431),
    ],
    ids=["no HTTP", "no header", "too many headers", "long header", "long path"],
)
async def test_what_is_no_http_has_the_one_error_shape_and_is_not_repeated(
    running: Running, request_: bytes, status: int
) -> None:
    answer = await raw(running, request_)
    assert answer.split(b" ")[1] == str(status).encode()
    assert b'{"error": {"code": "not_understood"' in answer
    assert b"canary" not in answer
    counted = {"route": "unknown", "method": "other", "status": str(status)}
    figures = running.parts.metrics.registry
    assert figures.get_sample_value("regulars_http_requests_total", counted) == 1


async def test_every_answer_carries_security_headers_and_hides_the_server(
    running: Running,
) -> None:
    for path in ("/health/live", "/nowhere", "/admin/keys"):
        await running.ask(path)
        headers = running.last_headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert headers["Server"] == "Regulars"
        assert "Access-Control-Allow-Origin" not in headers


LISTED = pytest.mark.parametrize(
    "running", [{"cors_origins": ("https://desk.example.com",)}], indirect=True
)


@LISTED
async def test_listed_page_may_call_the_api_from_a_browser(running: Running) -> None:
    origin = {"Origin": "https://desk.example.com"}
    asking = {**origin, "Access-Control-Request-Method": "GET"}
    status, _ = await running.ask("/admin/keys", "OPTIONS", headers=asking)
    assert status == 204
    assert "Authorization" in running.last_headers["Access-Control-Allow-Headers"]
    status, _ = await running.ask("/admin/keys", headers=origin, key=ADMIN_KEY)
    assert status == 200
    assert running.last_headers["Access-Control-Allow-Origin"] == "https://desk.example.com"
    assert "Location" in running.last_headers["Access-Control-Expose-Headers"]


@LISTED
async def test_other_page_may_not(running: Running) -> None:
    asking = {"Origin": "https://evil.example.com", "Access-Control-Request-Method": "GET"}
    status, _ = await running.ask("/admin/keys", "OPTIONS", headers=asking)
    assert status == 405
    assert "Access-Control-Allow-Origin" not in running.last_headers


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, b"{}", 415),
        ({"Content-Type": "text/plain"}, b"{}", 415),
        ({"Content-Type": "application/json; charset=utf-7"}, b"{}", 415),
        ({"Content-Type": "application/json", "Content-Encoding": "br"}, b"{}", 415),
        ({"Content-Type": "application/json"}, b" " * 3_000_000, 413),
        (
            {"Content-Type": "application/json", "Content-Encoding": "gzip"},
            gzip.compress(b" " * 30_000_000),
            413,
        ),
        ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, b"no gzip", 400),
    ],
    ids=["no type", "wrong type", "utf-7", "brotli", "3 MB", "gzip x 1000", "no gzip"],
)
async def test_bad_input_31_body_of_the_wrong_type_or_size_is_refused(
    running: Running, headers: dict[str, str], body: bytes, status: int
) -> None:
    lines = [f"X-API-Key: {ADMIN_KEY}", *(f"{name}: {value}" for name, value in headers.items())]
    head = "POST /admin/keys HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + "\r\n".join(lines)
    length = f"\r\nContent-Length: {len(body)}\r\n\r\n"
    answer = await raw(running, (head + length).encode() + body)
    assert answer.split(b" ")[1] == str(status).encode(), answer
    assert b'{"error": {"code"' in answer


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"owner": NaN}', "NaN"),
        (b'{"owner": -Infinity}', "Infinity"),
        (b'{"days": 1e400}', "too large"),
        (b'{"days": ' + b"9" * 5000 + b"}", "too long"),
        (b'{"owner": "a", "owner": "b"}', "twice"),
        (b"[" * 10_000 + b"]" * 10_000, "deep"),
        (b'{"owner": ' + b"[" * 50 + b"]" * 50 + b"}", "deep"),
        (b'{"owner": "\\ud800", "scopes": ["admin"]}', "surrogate"),
        (b'{"owner": "a\\u0000b", "scopes": ["admin"]}', "NUL"),
        (b'{"\\u0000": 1}', "NUL"),
        (b'{"owner": "\xff"}', "UTF-8"),
        (b"{'owner': 1}", "JSON"),
        (b"", "JSON"),
        (b"[]", "object"),
        (b'{"owner": 5, "scopes": ["admin"]}', "owner"),
        (b'{"scopes": ["admin"]}', "owner is missing"),
        (b'{"owner": "a", "scopes": ["admin"], "colour": 1}', "no field colour"),
    ],
)
async def test_bad_input_30_json_that_breaks_later_is_refused_at_once(
    running: Running, body: bytes, words: str
) -> None:
    headers = {"Content-Type": "application/json"}
    status, answer = await running.ask(
        "/admin/keys", "POST", key=ADMIN_KEY, headers=headers, data=body
    )
    assert status == 400, answer
    assert words in answer["error"]["message"]
    assert answer["error"]["reference"] == running.last_headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?limit=1", "no parameter limit"),
        ("?a=%00", "NUL"),
        ("?a=%ff", "UTF-8"),
        ("?" + "&".join(f"a{number}=1" for number in range(50)), "At most 40"),
    ],
)
async def test_parameter_that_means_nothing_is_refused_by_name(
    running: Running, query: str, words: str
) -> None:
    status, answer = await running.ask("/admin/keys" + query, key=ADMIN_KEY)
    assert status == 400
    assert words in answer["error"]["message"]


async def test_correlation_id_of_the_caller_comes_back_unless_it_is_odd(running: Running) -> None:
    await running.ask("/health/live", headers={"X-Request-Id": "order-4711"})
    assert running.last_headers["X-Request-Id"] == "order-4711"
    for odd in ("a b", "x" * 65, "<script>"):
        await running.ask("/health/live", headers={"X-Request-Id": odd})
        assert running.last_headers["X-Request-Id"] != odd


@pytest.mark.parametrize("scope", [Scope.CUSTOMERS])
async def test_answer_to_a_narrow_key_names_the_scope_it_lacks(
    running: Running, scope: Scope
) -> None:
    key = await running.key(scope)
    status, answer = await running.ask("/admin/keys", key=key.secret)
    assert (status, answer["error"]["code"]) == (403, "scope_missing")
    assert "admin" in answer["error"]["message"]
    assert key.secret not in str(answer)
