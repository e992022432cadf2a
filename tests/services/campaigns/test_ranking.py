"""The best of an audience: by value until two experiments are finished, then by what they teach."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from commands.campaign_json import preview_json
from services.campaigns import Campaigns, words
from services.campaigns.plan import AudienceRules
from services.pool import ProcessPool
from storage.campaigns import plans
from storage.campaigns.audience_conditions import Reason
from storage.campaigns.members import Arm
from storage.database import Database
from storage.models import campaign_members
from storage.models import campaigns as table
from tests.services.campaigns.campaign_shop import ADMIN, AGENT, open_shop
from tests.services.campaigns.test_campaigns import (
    PLAN,
    approved,
    arms,
    buy,
    exported,
    import_until,
    move_window,
)

BEST = 50
BEST_PLAN = replace(PLAN, rules=AudienceRules(best=BEST))


async def finished(campaigns: Campaigns, database: Database, first_order: int, days: int) -> None:
    """A whole experiment: who is worth little buys only when treated, others do anyway."""
    draft = await campaigns.draft(replace(PLAN, holdout=0.5), AGENT)
    found = await campaigns.approve(draft.id, ADMIN)
    await exported(campaigns, found.id)
    start = await move_window(database, found.id, days=days)
    drawn = await arms(database, found.id)
    own = campaign_members.c
    async with database.read() as connection:
        query = select(own.customer_id, own.value_365).where(own.campaign_id == found.id)
        worth = {who: value for who, value in await connection.execute(query)}  # noqa: C416
    ranked = sorted((each for each in worth if drawn[each] != Arm.LEFT_OUT), key=worth.__getitem__)
    low = set(ranked[: len(ranked) // 2])
    buyers = {
        who: 2_000
        for n, who in enumerate(ranked)
        if (n % 10 < 8 and drawn[who] == Arm.TREATED if who in low else n % 5 == 0)
    }
    await buy(database, buyers, at=start + timedelta(days=2), first_id=first_order)
    await import_until(database, start + timedelta(days=39))
    assert (await campaigns.results(found.id, AGENT)).is_final
    # Long ago, so that the next one may write to the same people.
    async with database.transaction() as connection:
        await connection.execute(update(campaign_members).values(contacted_at=None))


async def test_best_are_the_most_valuable_until_experiments_teach_better(
    database: Database, pool: ProcessPool
) -> None:
    campaigns, known = await open_shop(database, pool)
    everybody = await campaigns.preview(PLAN)
    few = await campaigns.preview(BEST_PLAN)
    assert few.size == BEST
    assert few.fits == everybody.fits == len(known)
    out = {each.reason: each.customers for each in few.reasons}
    assert out[Reason.RANKED_LOWER] == everybody.size - BEST
    first = everybody.tenths[0]
    per_person = sum(each.value.minor for each in few.tenths) / BEST
    assert per_person == pytest.approx(first.value.minor / first.customers, rel=0.15)
    assert few.ranking is not None
    assert (few.ranking.used, few.ranking.experiments) == ("value", 0)
    assert "takes 2 finished campaigns" in str(words.ranking_lines(few))

    await finished(campaigns, database, 910_000, days=120)
    assert (await campaigns.preview(BEST_PLAN)).ranking is not None
    await finished(campaigns, database, 930_000, days=40)
    taught = await campaigns.preview(BEST_PLAN)
    assert taught.ranking is not None
    assert (taught.ranking.used, taught.ranking.experiments) == ("uplift", 2)
    assert taught.size == BEST
    assert taught.spend.mean < few.spend.mean / 2
    said = preview_json(taught)["ranking"]
    assert said is not None
    assert said["qini_uplift"] is not None
    assert said["qini_uplift"]["low"] > 0
    assert "by estimated uplift" in str(words.ranking_lines(taught))
    frozen = await approved(campaigns, BEST_PLAN)
    assert frozen.counts["treated"] + frozen.counts["held_out"] == BEST
    assert frozen.counts["ranked_lower"] == taught.fits - BEST - sum(
        each.customers for each in taught.reasons if each.reason != Reason.RANKED_LOWER
    )
    async with database.read() as connection:
        assert len(await plans.finished(connection, "custom")) == 2
        states = set(await connection.scalars(select(table.c.state)))
    assert states == {"finished", "approved"}
