import pytest
from sqlalchemy import update

from storage import idempotency
from storage.database import Database
from storage.idempotency import KEEP_MS, Answered
from storage.models import idempotency_keys

FIRST = Answered("webshop", "k", b"1" * 32, "api-1")


async def test_answer_is_kept_for_a_day_and_then_forgotten(database: Database) -> None:
    async with database.transaction() as connection:
        assert await idempotency.keep(connection, FIRST)
        assert not await idempotency.keep(connection, Answered("webshop", "k", b"2" * 32, "api-2"))
        assert await idempotency.keep(connection, Answered("other", "k", b"2" * 32, "api-3"))
        assert await idempotency.find(connection, "webshop", "k") == FIRST
        assert await idempotency.purge(connection) == 0
        age = idempotency_keys.c.created_at - KEEP_MS - 1
        await connection.execute(update(idempotency_keys).values(created_at=age))
        assert await idempotency.find(connection, "webshop", "k") is None
        assert await idempotency.purge(connection) == 2


async def test_answer_of_a_request_that_failed_is_not_kept(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as connection:
            await idempotency.keep(connection, FIRST)
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    async with database.read() as connection:
        assert await idempotency.find(connection, "webshop", "k") is None


@pytest.mark.parametrize(
    ("person", "act", "at", "counts"),
    [
        ("Ben", "resolve", 1000.0, False),
        ("Ben", "resolve", 1000.05, False),
        ("Ben", "resolve", 999.0, False),
        ("Ben", "resolve", 1002.5, True),
        ("Ben", "reopen", 1000.05, True),
        ("Maya", "resolve", 1000.05, True),
    ],
)
async def test_act_counts_again_for_somebody_else_or_after_a_while(
    database: Database, person: str, act: str, at: float, *, counts: bool
) -> None:
    async with database.transaction() as connection:
        assert await idempotency.is_first(connection, "Ben", "resolve", 1000.0, apart=2)
        assert await idempotency.is_first(connection, person, act, at, apart=2) is counts


async def test_act_without_a_time_counts_once_a_day(database: Database) -> None:
    async with database.transaction() as connection:
        assert await idempotency.is_first(connection, "Ben", "form V1", 0, apart=2)
        assert not await idempotency.is_first(connection, "Ben", "form V1", 0, apart=2)
        age = idempotency_keys.c.created_at - KEEP_MS - 1
        await connection.execute(update(idempotency_keys).values(created_at=age))
        assert await idempotency.purge(connection) == 1
