import hashlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from services.api_keys import ApiKeys, KeyRequest, NewKey, Scope
from services.errors import (
    KeyExpiredError,
    KeyRevokedError,
    KeyUnknownError,
    NotFoundError,
    WrongInputError,
)
from storage import audit
from storage.database import Database
from storage.models import api_keys, audit_log

BEN = "U0BENJAMIN"


@pytest.fixture
def keys(database: Database) -> ApiKeys:
    return ApiKeys(database, "the admin's own")


async def made(keys: ApiKeys, **more: object) -> NewKey:
    wanted = {"owner": "olivia", "scopes": ["customers:read"], **more}
    return await keys.create(KeyRequest(**wanted), "terminal")  # type: ignore[arg-type]


async def test_key_tells_its_owner_and_scopes(keys: ApiKeys) -> None:
    new = await made(keys, scopes=["tickets:read", "customers:read"], calls_per_minute=7)
    caller = await keys.authenticate(new.secret.encode())
    assert (caller.owner, caller.prefix, caller.calls_per_minute) == ("olivia", new.key.prefix, 7)
    assert caller.may(Scope.TICKETS)
    assert not caller.may(Scope.TICKETS_WRITE)
    assert not caller.may(Scope.ADMIN)


async def test_scope_admin_includes_all_others(keys: ApiKeys) -> None:
    caller = await keys.authenticate((await made(keys, scopes=["admin"])).secret.encode())
    assert all(caller.may(scope) for scope in Scope)


async def test_database_holds_no_key_that_can_be_used(keys: ApiKeys) -> None:
    new = await made(keys)
    async with keys.database.read() as connection:
        [row] = (await connection.execute(select(api_keys))).all()
    assert row.digest == hashlib.sha256(new.secret.encode()).digest()
    secret = new.secret.rpartition("_")[2]
    assert secret not in repr(row)
    assert len(new.secret.split("_", 2)[2]) == 43  # 256 bits


@pytest.mark.parametrize(
    "change",
    [
        lambda key: key[:-1],
        lambda key: key + b"\n",
        lambda key: key + b" ",
        lambda key: key.upper(),
        lambda key: key[:13] + b"x" * 43,
        lambda key: b"rgk_aaaaaaaa" + key[12:],
        lambda _key: b"",
        lambda _key: b"\xff\xfe",
        lambda _key: b"x" * 100_000,
    ],
)
async def test_what_is_not_exactly_the_key_is_unknown(
    keys: ApiKeys, change: Callable[[bytes], bytes]
) -> None:
    new = await made(keys)
    with pytest.raises(KeyUnknownError):
        await keys.authenticate(change(new.secret.encode()))


async def test_bootstrap_key_may_everything_and_is_nowhere_in_the_database(keys: ApiKeys) -> None:
    caller = await keys.authenticate(b"the admin's own")
    assert caller.may(Scope.ADMIN)
    assert caller.key_id is None
    with pytest.raises(KeyUnknownError):
        await ApiKeys(keys.database, "").authenticate(b"")


async def test_api_is_closed_until_there_is_a_key_that_holds(keys: ApiKeys) -> None:
    assert not await keys.is_closed()
    without = ApiKeys(keys.database)
    assert await without.is_closed()
    new = await made(without)
    assert not await without.is_closed()
    await without.revoke(new.key.id, "terminal")
    assert await without.is_closed()


async def test_revoked_key_is_refused_at_once_and_for_ever(keys: ApiKeys) -> None:
    new = await made(keys)
    await keys.revoke(new.key.id, "terminal")
    first = (await keys.revoke(new.key.id, "terminal")).revoked_at
    assert (await keys.all_keys())[0].revoked_at == first
    with pytest.raises(KeyRevokedError):
        await keys.authenticate(new.secret.encode())


async def test_rotation_keeps_both_keys_for_the_overlap(keys: ApiKeys) -> None:
    old = await made(keys, scopes=["customers:read", "admin"], note="desk", calls_per_minute=9)
    new = await keys.rotate(old.key.id, "terminal", 1)
    assert (new.key.scopes, new.key.note, new.key.calls_per_minute, new.key.replaces) == (
        ("admin", "customers:read"),
        "desk",
        9,
        old.key.id,
    )
    for secret in (old.secret, new.secret):
        await keys.authenticate(secret.encode())
    listed = (await keys.all_keys())[0]
    assert listed.expires_at is not None
    assert listed.expires_at - listed.created_at < timedelta(hours=1, minutes=1)


async def test_rotation_without_overlap_ends_the_old_key(keys: ApiKeys) -> None:
    old = await made(keys)
    await keys.rotate(old.key.id, "terminal", 0)
    with pytest.raises(KeyExpiredError):
        await keys.authenticate(old.secret.encode())


async def test_rotation_never_makes_a_key_hold_longer(keys: ApiKeys) -> None:
    old = await made(keys, days=1)
    new = await keys.rotate(old.key.id, "terminal", 9 * 24)
    before = (await keys.all_keys())[0]
    assert before.expires_at == old.key.expires_at
    assert new.key.expires_at is not None
    held = new.key.expires_at - new.key.created_at
    assert abs(held - timedelta(days=1)) < timedelta(seconds=1)


async def test_key_that_holds_no_more_is_not_rotated(keys: ApiKeys) -> None:
    old = await made(keys)
    await keys.revoke(old.key.id, "terminal")
    with pytest.raises(WrongInputError, match="revoked"):
        await keys.rotate(old.key.id, "terminal")
    for overlap in (-1, float("nan"), 1e300):
        with pytest.raises(WrongInputError, match="overlap"):
            await keys.rotate(old.key.id, "terminal", overlap)
    with pytest.raises(NotFoundError):
        await keys.rotate(4711, "terminal")
    with pytest.raises(NotFoundError):
        await keys.revoke(4711, "terminal")


async def test_keys_of_somebody_whom_slack_deactivated_end_and_say_why(keys: ApiKeys) -> None:
    ended, expired, ours = (
        await made(keys, owner=BEN),
        await made(keys, owner=BEN),
        await made(keys),
    )
    await keys.rotate(expired.key.id, "terminal", 0)
    for _ in range(2):  # Slack may tell of it twice
        await keys.owner_left(BEN)
    with pytest.raises(KeyRevokedError, match="was revoked: Slack deactivated its owner"):
        await keys.authenticate(ended.secret.encode())
    await keys.authenticate(ours.secret.encode())
    listed = await keys.all_keys()
    assert [key.state for key in listed] == ["revoked", "expired", "active", "revoked"]
    async with keys.database.read() as connection:
        told = select(audit_log.c.subject, audit_log.c.detail).where(audit_log.c.actor == "slack")
        rows = [tuple(row) for row in await connection.execute(told)]
    because = {"because": "Slack deactivated its owner"}
    assert rows == [(f"key:{listed[place].prefix}", because) for place in (0, 3)]


async def test_last_use_is_written_down(keys: ApiKeys) -> None:
    new = await made(keys)
    assert new.key.last_used_at is None
    await keys.authenticate(new.secret.encode())
    first = (await keys.all_keys())[0].last_used_at
    await keys.authenticate(new.secret.encode())
    assert first is not None
    assert (await keys.all_keys())[0].last_used_at == first  # once a minute is enough


async def test_key_seen_in_an_address_is_marked_and_goes_on_working(keys: ApiKeys) -> None:
    new = await made(keys)
    assert await keys.report_leak(new.secret) == new.key.prefix
    assert await keys.report_leak("the admin's own") == "ADMIN_KEY"
    assert await keys.report_leak(new.secret[:-1] + "!") is None
    assert await keys.report_leak("nonsense") is None
    assert (await keys.all_keys())[0].leaked_at is not None
    await keys.authenticate(new.secret.encode())


async def test_what_is_done_to_keys_is_in_the_audit_log(keys: ApiKeys) -> None:
    old = await made(keys)
    new = await keys.rotate(old.key.id, "key:abc")
    await keys.revoke(new.key.id, "key:abc")
    await keys.report_leak(old.secret)
    async with keys.database.read() as connection:
        rows = (await connection.execute(select(audit_log).order_by(audit_log.c.id))).all()
    assert [(row.actor, row.action, row.subject) for row in rows] == [
        ("terminal", "key.create", f"key:{old.key.prefix}"),
        ("key:abc", "key.rotate", f"key:{old.key.prefix}"),
        ("key:abc", "key.revoke", f"key:{new.key.prefix}"),
        ("api", "key.leaked", f"key:{old.key.prefix}"),
    ]
    assert await audit.first_broken_row(keys.database) is None


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"owner": "  "}, "owns"),
        ({"owner": "x" * 65}, "owns"),
        ({"scopes": []}, "at least one scope"),
        ({"scopes": ["customers"]}, "no scope customers"),
        ({"days": 0}, "days"),
        ({"days": 10**9}, "days"),
        ({"note": "a\nb"}, "one line"),
        ({"calls_per_minute": 0}, "calls a minute"),
    ],
)
async def test_wish_that_makes_no_key_says_why(
    tmp_path: Path, wanted: dict[str, object], words: str
) -> None:
    keys = ApiKeys(Database(f"sqlite:///{tmp_path / 'empty.db'}"))
    with pytest.raises(WrongInputError, match=words):
        await made(keys, **wanted)
