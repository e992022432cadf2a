"""Rate budgets shared by all replicas: one row per API, a generic cell rate algorithm.

The row holds the theoretical arrival time (`tat`): when the bucket would be full again. A person's
call reserves its turn and is told how long to wait; background calls only take what is free and
leave part of the burst to people.
"""

import math
from dataclasses import dataclass

from sqlalchemy import case, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.database import Connection, Database, Lane, now_ms
from storage.models import rate_budgets


@dataclass(frozen=True, slots=True)
class Budget:
    """`per_second` calls on average, `burst` at once."""

    database: Database
    name: str
    per_second: float
    burst: int

    async def reserve(self) -> float:
        """Take one call and return the seconds to wait before making it."""
        async with self.database.transaction(Lane.JOBS) as connection:
            tat_in = await self._advance(connection, self._interval_ms)
        return max(0.0, (tat_in - self.burst * self._interval_ms) / 1000)

    async def take_if_free(self, share: float) -> float:
        """Take one call if less than `share` of the burst is in use; else say when to ask again.

        Returns 0.0 when taken, otherwise seconds.
        """
        allowed_ms = max(self._interval_ms, int(self.burst * self._interval_ms * share))
        async with self.database.transaction(Lane.JOBS) as connection:
            used_ms = await self._advance(connection, 0)
            if used_ms + self._interval_ms <= allowed_ms:
                await self._advance(connection, self._interval_ms)
                return 0.0
        return (used_ms + self._interval_ms - allowed_ms) / 1000

    async def hold(self, seconds: float) -> None:
        """Stop everybody: no call before `seconds` from now (a 429 said so)."""
        full_ms = int(seconds * 1000) + self.burst * self._interval_ms
        async with self.database.transaction(Lane.JOBS) as connection:
            await self._advance(connection, 0)
            await connection.execute(
                update(rate_budgets)
                .where(rate_budgets.c.name == self.name, rate_budgets.c.tat < now_ms() + full_ms)
                .values(tat=now_ms() + full_ms),
            )

    @property
    def _interval_ms(self) -> int:
        return math.ceil(1000 / self.per_second)

    async def _advance(self, connection: Connection, by_ms: int) -> int:
        """Move the arrival time and return its distance from now in milliseconds."""
        later = case((rate_budgets.c.tat > now_ms(), rate_budgets.c.tat), else_=now_ms())
        insert = (sqlite if self.database.is_sqlite else postgresql).insert(rate_budgets)
        statement = (
            insert.values(name=self.name, tat=now_ms() + by_ms)
            .on_conflict_do_update(index_elements=["name"], set_={"tat": later + by_ms})
            .returning(rate_budgets.c.tat - now_ms())
        )
        return int((await connection.execute(statement)).scalar_one())
