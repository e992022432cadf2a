"""Keys and limits as callers meet them."""

import asyncio
import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from services.api_keys import Scope
from storage.models import audit_log
from tests.bot.sidecar.running import ADMIN_KEY, Running, run_sidecar

KEYS = "/admin/keys"
NO_ADMIN_KEY = {"admin_key": SecretStr("")}


async def raw_get(running: Running, path: str, *headers: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", running.sidecar.port)
    lines = [f"GET {path} HTTP/1.1".encode(), b"Host: x", b"Connection: close", *headers]
    writer.write(b"\r\n".join(lines) + b"\r\n\r\n")
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return answer


def failures(running: Running, outcome: str) -> float:
    value = running.parts.metrics.registry.get_sample_value(
        "regulars_api_key_checks_total", {"outcome": outcome}
    )
    return value or 0


@pytest.mark.parametrize("running", [NO_ADMIN_KEY], indirect=True)
async def test_without_any_key_everything_is_closed_and_says_how_to_open_it(
    running: Running,
) -> None:
    for key in (None, "", "x"):
        status, answer = await running.ask(KEYS, key=key)
        assert status == 401
    status, answer = await running.ask(KEYS)
    assert "regulars keys create" in answer["error"]["message"]
    assert running.last_headers["WWW-Authenticate"].startswith("Bearer")


async def test_key_travels_in_either_header(running: Running) -> None:
    key = (await running.key(Scope.ADMIN)).secret
    for headers in ({"Authorization": f"bearer {key}"}, {"X-API-Key": key}):
        assert (await running.ask(KEYS, headers=headers))[0] == 200
    both = {"Authorization": f"Bearer {key}", "X-API-Key": key}
    assert (await running.ask(KEYS, headers=both))[0] == 401
    assert (await running.ask(KEYS, headers={"Authorization": f"Basic {key}"}))[0] == 401


@pytest.mark.parametrize(
    "header",
    [
        b"X-API-Key: \xff\xfe\xe9",
        "X-API-Key: clé".encode(),
        b"Authorization: Bearer \xff",
        b"Authorization: \xff",
        b"Authorization:",
        b"X-API-Key:",
        b"X-API-Key: a\r\nX-API-Key: b",
    ],
)
async def test_header_that_is_no_text_gets_401(running: Running, header: bytes) -> None:
    answer = await raw_get(running, KEYS, header)
    assert answer.startswith(b"HTTP/1.1 401")
    assert b'{"error": {"code": "key_' in answer


async def test_bad_input_34_key_that_does_not_hold_is_refused_with_its_reason(
    running: Running,
) -> None:
    expired = await running.expired_key(Scope.ADMIN)
    revoked = await running.revoked_key(Scope.ADMIN)
    narrow = await running.key(Scope.TICKETS)
    good = await running.key(Scope.ADMIN)
    expected = {
        expired.secret: (401, "key_expired"),
        revoked.secret: (401, "key_revoked"),
        narrow.secret: (403, "scope_missing"),
        good.secret + "x": (401, "key_unknown"),
    }
    for key, outcome in expected.items():
        status, answer = await running.ask(KEYS, key=key)
        assert (status, answer["error"]["code"]) == outcome
    newline = b"X-API-Key: " + good.secret.encode() + b"\n\r\n"
    assert (await raw_get(running, KEYS, newline)).split(b" ")[1] in {b"400", b"401"}


@pytest.mark.parametrize("name", ["api_key", "API_KEY", "access_token", "key", "colour"])
async def test_bad_input_34_key_in_the_address_is_refused_and_reported(
    running: Running, name: str
) -> None:
    key = await running.key(Scope.ADMIN)
    status, answer = await running.ask(f"{KEYS}?{name}={key.secret}", key=key.secret)
    assert (status, answer["error"]["code"]) == (401, "key_in_address")
    assert key.key.prefix in answer["error"]["message"]
    assert key.secret not in str(answer)
    [listed] = await running.parts.services.api_keys.all_keys()
    assert listed.leaked_at is not None
    async with running.parts.database.read() as connection:
        query = select(audit_log.c.action).order_by(audit_log.c.id.desc())
        assert (await connection.execute(query)).scalars().first() == "key.leaked"
    assert failures(running, "key_in_address") == 1


async def test_bootstrap_key_in_the_address_is_refused_whatever_it_is_called(
    running: Running,
) -> None:
    status, answer = await running.ask(f"{KEYS}?q={ADMIN_KEY}", key=ADMIN_KEY)
    assert (status, answer["error"]["code"]) == (401, "key_in_address")
    assert ADMIN_KEY not in str(answer)


# --- limits ------------------------------------------------------------------------------------


async def test_answer_says_what_is_left(running_on: Running) -> None:
    key = await running_on.key(Scope.ADMIN, calls_per_minute=60)
    for left in ("59", "58"):
        assert (await running_on.ask(KEYS, key=key.secret))[0] == 200
        assert running_on.last_headers["RateLimit-Limit"] == "60"
        assert running_on.last_headers["RateLimit-Remaining"] == left
        assert 0 < int(running_on.last_headers["RateLimit-Reset"]) <= 60


async def test_key_that_asks_too_often_waits_and_others_do_not(running_on: Running) -> None:
    busy = await running_on.key(Scope.ADMIN, calls_per_minute=5)
    other = await running_on.key(Scope.ADMIN)
    statuses = [(await running_on.ask(KEYS, key=busy.secret))[0] for _ in range(7)]
    assert statuses == [200] * 5 + [429] * 2
    assert 0 < int(running_on.last_headers["Retry-After"]) <= 12
    assert running_on.last_headers["RateLimit-Remaining"] == "0"
    assert (await running_on.ask(KEYS, key=other.secret))[0] == 200


@pytest.mark.parametrize("running_on", [{"api_failures_per_minute": 10}], indirect=True)
async def test_wrong_keys_have_a_smaller_quota_and_right_ones_still_work(
    running_on: Running,
) -> None:
    key = await running_on.key(Scope.ADMIN)
    statuses = [(await running_on.ask(KEYS, key=f"wrong {n}"))[0] for n in range(15)]
    assert statuses == [401] * 10 + [429] * 5
    assert (await running_on.ask(KEYS, key=key.secret))[0] == 200


@pytest.mark.parametrize("running_on", [{"api_address_calls_per_minute": 10}], indirect=True)
async def test_address_has_a_limit_whatever_keys_it_uses(running_on: Running) -> None:
    keys = [(await running_on.key(Scope.ADMIN)).secret for _ in range(3)]
    statuses = [(await running_on.ask(KEYS, key=keys[n % 3]))[0] for n in range(12)]
    assert statuses == [200] * 10 + [429] * 2


@pytest.mark.parametrize("running", [{"api_address_calls_per_minute": 5}], indirect=True)
async def test_forwarding_header_of_a_stranger_does_not_change_the_bucket(
    running: Running,
) -> None:
    statuses = [
        (await running.ask(KEYS, headers={"X-Forwarded-For": f"203.0.113.{n}"}))[0]
        for n in range(7)
    ]
    assert statuses == [401] * 5 + [429] * 2


@pytest.mark.parametrize(
    "running",
    [{"api_address_calls_per_minute": 5, "trusted_proxies": ("127.0.0.0/8", "10.0.0.0/8")}],
    indirect=True,
)
async def test_trusted_proxy_says_who_is_asking(running: Running) -> None:
    async def status(forwarded: str) -> int:
        return (await running.ask(KEYS, headers={"X-Forwarded-For": forwarded}))[0]

    for n in range(7):  # the last untrusted hop counts, whatever it claims itself
        answer = await status(f"198.51.100.{n}, 203.0.113.7, 10.0.0.3")
        assert answer == (401 if n < 5 else 429)
    assert await status("203.0.113.8") == 401
    for n in range(7):  # one customer's IPv6 network is one caller
        assert await status(f"2001:db8::{n}") == (401 if n < 5 else 429)
    for n in range(7):  # some proxies add the port, which tells callers apart no better
        assert await status(f"203.0.113.9:{4711 + n}") == (401 if n < 5 else 429)
    assert await status("203.0.113.9") == 429
    assert await status("[2001:db8::9]:4711") == 429
    assert await status("[2001:db8:0:9::9]") == 401


async def test_replicas_share_limits_of_keys(running_on: Running, database_url: str) -> None:
    if running_on.parts.database.is_sqlite:
        pytest.skip("one process at a time uses a SQLite file")
    key = await running_on.key(Scope.ADMIN, calls_per_minute=6)
    async with run_sidecar(database_url) as replica:
        statuses = [
            (await each.ask(KEYS, key=key.secret))[0]
            for _ in range(4)
            for each in (running_on, replica)
        ]
    assert statuses.count(200) == 6
    assert statuses[:6] == [200] * 6


async def guess(running: Running, first: int, count: int) -> list[bytes]:
    """Try so many wrong keys on one connection, as fast as they can be written."""
    lines = b"GET " + KEYS.encode() + b" HTTP/1.1\r\nHost: here\r\nX-API-Key: rgk_guess%03d_x%d\r\n"
    asked = [lines % (number % 1000, number) for number in range(first, first + count)]
    reader, writer = await asyncio.open_connection("127.0.0.1", running.sidecar.port)
    writer.write(b"\r\n".join(asked) + b"Connection: close\r\n\r\n")
    answers = await reader.read()
    writer.close()
    return re.findall(rb"HTTP/1.1 (\d+)", answers)


async def test_ten_thousand_wrong_keys_leave_other_callers_alone(running_on: Running) -> None:
    good = await running_on.key(Scope.ADMIN, calls_per_minute=100_000)
    tried = await asyncio.gather(*(guess(running_on, 500 * each, 500) for each in range(20)))
    statuses = Counter(status for each in tried for status in each)
    assert statuses.total() == 10_000
    assert statuses.keys() == {b"401", b"429"}
    assert 30 <= failures(running_on, "key_unknown") <= 45  # one comes back every two seconds
    assert (await running_on.ask(KEYS, key=good.secret))[0] == 200


# --- administration ----------------------------------------------------------------------------


async def test_keys_are_made_replaced_and_revoked_over_http(running_on: Running) -> None:
    wish = {"owner": "desk", "scopes": ["customers:read"], "days": 30}
    status, made = await running_on.ask(KEYS, "POST", key=ADMIN_KEY, json=wish)
    assert status == 201
    key_id = made["key"]["id"]
    until = datetime.fromisoformat(made["key"]["expires_at"])
    assert 29 < (until - datetime.now(UTC)).days + 1 <= 30
    path = f"{KEYS}/{key_id}"
    status, new = await running_on.ask(
        f"{path}/rotate", "POST", key=ADMIN_KEY, json={"overlap_hours": 0}
    )
    assert (status, new["key"]["replaces"]) == (201, key_id)
    status, gone = await running_on.ask(f"{path}/revoke", "POST", key=ADMIN_KEY)
    assert (status, gone["state"]) == (200, "revoked")
    _, listed = await running_on.ask(KEYS, key=ADMIN_KEY)
    assert [key["state"] for key in listed] == ["revoked", "active"]
    assert made["secret"] not in str(listed)


async def test_key_is_replaced_without_a_body_and_the_old_one_holds_for_a_day(
    running: Running,
) -> None:
    wish = {"owner": "desk", "scopes": ["customers:read"]}
    _, made = await running.ask(KEYS, "POST", key=ADMIN_KEY, json=wish)
    status, new = await running.ask(f"{KEYS}/{made['key']['id']}/rotate", "POST", key=ADMIN_KEY)
    assert (status, new["key"]["replaces"]) == (201, made["key"]["id"])
    _, listed = await running.ask(KEYS, key=ADMIN_KEY)
    until = datetime.fromisoformat(listed[0]["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=23) < until <= timedelta(hours=24)


async def test_key_is_not_made_without_a_body(running: Running) -> None:
    status, _ = await running.ask(KEYS, "POST", key=ADMIN_KEY)
    assert status == 415


@pytest.mark.parametrize("odd", ["0x1", "-1", "\u0661", "9" * 30, "a%2Fb"])
async def test_number_that_is_none_finds_no_key(running: Running, odd: str) -> None:
    status, _ = await running.ask(f"{KEYS}/{odd}/revoke", "POST", key=ADMIN_KEY)
    assert status == 404
