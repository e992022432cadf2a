"""The audit log: append-only in spirit, and provably so."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from storage import audit
from storage.database import Database
from storage.models import audit_log


async def write(database: Database, *subjects: str) -> None:
    for subject in subjects:
        async with database.transaction() as connection:
            await audit.append(
                connection, actor="U0OLIVIA", action="ticket_resolve", subject=subject
            )


async def change(database: Database, row_id: int, **columns: object) -> None:
    async with database.transaction() as connection:
        found = update(audit_log).where(audit_log.c.id == row_id)
        await connection.execute(found.values(**columns))


async def ids(database: Database) -> list[int]:
    async with database.read() as connection:
        found = await connection.execute(select(audit_log.c.id).order_by(audit_log.c.id))
        return list(found.scalars())


async def test_untouched_log_is_whole(database: Database) -> None:
    assert await audit.first_broken_row(database) is None
    await write(database, "a", "b", "c")
    assert await audit.first_broken_row(database) is None


async def test_racing_writers_continue_one_chain(database: Database) -> None:
    await asyncio.gather(*(write(database, f"s{number}") for number in range(30)))
    assert len(await ids(database)) == 30
    assert await audit.first_broken_row(database) is None


@pytest.mark.parametrize(
    "columns",
    [
        {"actor": "U0EVE"},
        {"action": "ticket_reopen"},
        {"subject": "c"},
        {"detail": {"told": False}},
        {"previous_hash": bytes(32)},
        {"hash": bytes(32)},
    ],
    ids=lambda columns: next(iter(columns)),
)
async def test_any_changed_column_is_found(database: Database, columns: dict[str, object]) -> None:
    await write(database, "a", "b", "d")
    middle = (await ids(database))[1]
    await change(database, middle, **columns)
    assert await audit.first_broken_row(database) == middle


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(bit=st.integers(min_value=0, max_value=8 * 32 - 1), column=st.sampled_from(["a", "b"]))
async def test_one_flipped_bit_of_a_hash_is_found(
    database: Database, bit: int, column: str
) -> None:
    async with database.transaction() as connection:
        await connection.execute(delete(audit_log))
    await write(database, "a", "b", "c")
    middle = (await ids(database))[1]
    name = {"a": "hash", "b": "previous_hash"}[column]
    async with database.read() as connection:
        value = await connection.execute(
            select(audit_log.c[name]).where(audit_log.c.id == middle),
        )
        flipped = bytearray(value.scalar_one())
    flipped[bit // 8] ^= 1 << bit % 8
    await change(database, middle, **{name: bytes(flipped)})
    assert await audit.first_broken_row(database) == middle


async def test_missing_row_is_found_at_the_one_after_it(database: Database) -> None:
    await write(database, "a", "b", "c")
    _, middle, last = await ids(database)
    async with database.transaction() as connection:
        await connection.execute(delete(audit_log).where(audit_log.c.id == middle))
    assert await audit.first_broken_row(database) == last


async def test_row_put_in_by_hand_is_found(database: Database) -> None:
    await write(database, "a")
    async with database.read() as connection:
        row = (await connection.execute(select(audit_log))).one()._asdict()
    async with database.transaction() as connection:
        forged = {**row, "id": row["id"] + 1, "previous_hash": row["hash"], "actor": "U0EVE"}
        await connection.execute(insert(audit_log).values(forged))
    assert await audit.first_broken_row(database) == row["id"] + 1


async def test_details_of_any_alphabet_are_hashed_as_they_are_read_back(
    database: Database,
) -> None:
    async with database.transaction() as connection:
        detail = {"reason": "größer 👩‍👩‍👧 \u202e שלום", "n": [1, None, True, 1.5]}
        await audit.append(connection, actor="U", action="a", subject="s", detail=detail)
    assert await audit.first_broken_row(database) is None
