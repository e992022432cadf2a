"""What finished campaigns of a goal teach about whom to write to."""

from dataclasses import dataclass, field

from services.campaigns import work
from services.campaigns.plan import Goal
from services.campaigns.ranking import Learned
from services.pool import ProcessPool
from storage.campaigns import outcomes, plans
from storage.database import Database, Lane

NEWEST = 10
"""So many experiments are learnt from; older ones tell of another shop."""


@dataclass(slots=True)
class Lessons:
    """What was learnt, by the experiments it was learnt from."""

    learnt: dict[tuple[int, ...], Learned] = field(default_factory=dict)

    async def of(self, database: Database, pool: ProcessPool, goal: Goal) -> Learned:
        """Compare rankings on the newest finished experiments of a goal, once for each of them."""
        async with database.read(Lane.JOBS) as connection:
            seen = [
                each
                for each in await plans.finished(connection, str(goal))
                if each.holdout_share > 0
            ][-NEWEST:]
            key = tuple(each.id for each in seen)
            if key in self.learnt:
                return self.learnt[key]
            found = [
                await outcomes.participants(connection, each.id, each.started_at, each.ends_at)
                for each in seen
                if each.started_at and each.ends_at
            ]
        self.learnt[key] = await pool.run(work.learn, found)
        return self.learnt[key]
