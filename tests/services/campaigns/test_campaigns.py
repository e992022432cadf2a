"""A campaign's life: drafted, confirmed by a second person, exported, measured, ended."""

import csv
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import pytest_asyncio
from sqlalchemy import func, insert, select, update

from services.campaigns import Campaign, Campaigns, Person
from services.campaigns.files import Layout
from services.campaigns.plan import Goal, Offer, Plan, State
from services.errors import NotAllowedError, NotFoundError, WrongInputError
from services.pool import ProcessPool
from storage import audit
from storage.campaigns import deliveries, members
from storage.campaigns.audience_conditions import Reason
from storage.campaigns.members import Arm
from storage.database import Database
from storage.models import (
    audit_log,
    campaign_members,
    customers,
    import_runs,
    orders,
)
from storage.models import (
    campaigns as table,
)
from tests.services.campaigns.campaign_shop import (
    ADMIN,
    AGENT,
    OTHER_ADMIN,
    Known,
    open_shop,
)

PLAN = Plan("Come back", Goal.CUSTOM, offer=Offer(margin=0.5, contact_cost=10), holdout=0.2)


Shop = tuple[Campaigns, list[Known]]


@pytest_asyncio.fixture
async def shop(database: Database, pool: ProcessPool) -> AsyncIterator[Shop]:
    yield await open_shop(database, pool)


async def approved(campaigns: Campaigns, plan: Plan = PLAN) -> Campaign:
    draft = await campaigns.draft(plan, AGENT)
    await campaigns.submit(draft.id, AGENT)
    return await campaigns.approve(draft.id, ADMIN)


async def exported(campaigns: Campaigns, campaign_id: int, layout: Layout = Layout.KLAVIYO) -> str:
    return "".join([part async for part in campaigns.export(campaign_id, layout, ADMIN)])


async def arms(database: Database, campaign_id: int) -> dict[int, int]:
    async with database.read() as connection:
        own = campaign_members.c
        found = await connection.execute(
            select(own.customer_id, own.arm).where(own.campaign_id == campaign_id)
        )
        return {customer: arm for customer, arm in found}  # noqa: C416


async def buy(
    database: Database, people: dict[int, int], *, at: datetime, first_id: int = 900_000
) -> None:
    """Let customers order for some amount, and import that."""
    async with database.transaction() as connection:
        await connection.execute(
            insert(orders),
            [
                {
                    "id": number,
                    "identity": f"n:{number}",
                    "customer_id": customer,
                    "placed_at": at,
                    "placed_day": 20_000,
                    "currency": "USD",
                    "total": amount,
                    "spend": amount,
                }
                for number, (customer, amount) in enumerate(people.items(), first_id)
            ],
        )


async def import_until(database: Database, at: datetime) -> None:
    async with database.transaction() as connection:
        await connection.execute(
            insert(import_runs).values(
                kind="orders",
                file_name="orders.csv",
                file_hash=str(at.timestamp()),
                started_at=at,
                finished_at=at,
                state="done",
                report={},
            )
        )


async def move_window(database: Database, campaign_id: int, days: int) -> datetime:
    """Let the window have begun so many days ago; returns when."""
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=days)
    async with database.transaction() as connection:
        await connection.execute(
            update(table)
            .where(table.c.id == campaign_id)
            .values(started_at=start, ends_at=start + timedelta(days=PLAN.window_days))
        )
    return start


async def test_approved_audience_is_drawn_once_and_stays_as_it_was(
    shop: Shop, database: Database
) -> None:
    campaigns, known = shop
    draft = await campaigns.draft(PLAN, AGENT)
    assert draft.state is State.DRAFT
    found = await campaigns.approve(draft.id, ADMIN)
    inside = {each.id for each in known if not each.reason}
    drawn = await arms(database, found.id)
    held_out = {customer for customer, arm in drawn.items() if arm == Arm.HELD_OUT}
    assert len(drawn) == len(known)
    assert {customer for customer, arm in drawn.items() if arm != Arm.LEFT_OUT} == inside
    assert len(held_out) == round(len(inside) * 0.2) == found.counts["held_out"]
    assert found.counts["treated"] == len(inside) - len(held_out)
    assert sum(found.counts.values()) == len(known)
    async with database.transaction() as connection:
        await connection.execute(update(customers).values(country="FR"))
    with pytest.raises(WrongInputError, match="is approved already"):
        await campaigns.approve(draft.id, OTHER_ADMIN)
    with pytest.raises(WrongInputError, match="cannot be changed"):
        await campaigns.change(draft.id, PLAN, ADMIN)
    assert await arms(database, found.id) == drawn


async def test_larger_audience_needs_a_second_person_who_is_an_admin(
    database: Database, pool: ProcessPool
) -> None:
    campaigns, _ = await open_shop(database, pool, alone_up_to=100)
    draft = await campaigns.draft(PLAN, ADMIN)
    await campaigns.submit(draft.id, ADMIN)
    with pytest.raises(NotAllowedError, match="more than one person decides on alone"):
        await campaigns.approve(draft.id, ADMIN)
    with pytest.raises(NotAllowedError, match="Only an admin"):
        await campaigns.approve(draft.id, AGENT)
    assert (await campaigns.get(draft.id)).state is State.AWAITING_APPROVAL
    assert (await campaigns.approve(draft.id, OTHER_ADMIN)).approved_by == OTHER_ADMIN.id
    async with database.read() as connection:
        told = (
            await connection.execute(
                select(audit_log.c.actor, audit_log.c.action).order_by(audit_log.c.id)
            )
        ).all()
    assert [tuple(row) for row in told] == [
        (ADMIN.id, "campaign.submit"),
        (OTHER_ADMIN.id, "campaign.approve"),
    ]
    assert await audit.first_broken_row(database) is None


async def test_nothing_leaves_before_it_is_approved_and_never_through_an_agent(shop: Shop) -> None:
    campaigns, _ = shop
    draft = await campaigns.draft(PLAN, ADMIN)
    with pytest.raises(WrongInputError, match="is a draft and cannot be exported"):
        await exported(campaigns, draft.id)
    await campaigns.approve(draft.id, ADMIN)
    with pytest.raises(NotAllowedError, match="Only an admin may export"):
        await anext(campaigns.export(draft.id, Layout.KLAVIYO, AGENT))
    with pytest.raises(NotFoundError, match="no campaign 77"):
        await exported(campaigns, 77)


async def test_exported_list_holds_the_treated_who_still_consent_and_nobody_else(
    shop: Shop, database: Database
) -> None:
    campaigns, _ = shop
    found = await approved(campaigns)
    treated = [one for one, arm in (await arms(database, found.id)).items() if arm == Arm.TREATED]
    async with database.transaction() as connection:
        await connection.execute(
            update(customers).where(customers.c.id == treated[0]).values(consent="unsubscribed")
        )
        await connection.execute(
            update(customers)
            .where(customers.c.id == treated[1])
            .values(name='=HYPERLINK("http://evil") Smith', phone="+442079460000")
        )
        await members.erase(connection, [treated[2]])
    rows = list(csv.DictReader(StringIO(await exported(campaigns, found.id))))
    assert {row["Email"] for row in rows} == {
        f"p{each}@example.com" for each in treated if each not in {treated[0], treated[2]}
    }
    (formula,) = [row for row in rows if row["Email"] == f"p{treated[1]}@example.com"]
    assert formula["First Name"] == '\'=HYPERLINK("http://evil")'
    assert formula["Phone Number"] == "+442079460000"
    running = await campaigns.get(found.id)
    assert running.state is State.RUNNING
    assert running.started_at is not None
    assert running.ends_at == running.started_at + timedelta(days=30)
    async with database.read() as connection:
        outcomes = await deliveries.count_outcomes(connection, found.id)
    assert outcomes == {"klaviyo_file": {"exported": len(treated) - 2, "withdrawn": 1}}
    again = list(csv.DictReader(StringIO(await exported(campaigns, found.id, Layout.MAILCHIMP))))
    assert {row["Email Address"] for row in again} == {row["Email"] for row in rows}
    assert (await campaigns.get(found.id)).started_at == running.started_at


async def test_who_takes_part_in_one_campaign_is_left_out_of_the_next(shop: Shop) -> None:
    campaigns, known = shop
    found = await approved(campaigns)
    inside = sum(not each.reason for each in known)
    second = await campaigns.preview(PLAN)
    assert {each.reason: each.customers for each in second.reasons}[Reason.IN_EXPERIMENT] == inside
    assert second.size == 0
    with pytest.raises(WrongInputError, match="Nobody is left"):
        await approved(campaigns)
    await exported(campaigns, found.id)
    await campaigns.stop(found.id, ADMIN)
    third = await campaigns.preview(PLAN)
    reasons = {each.reason: each.customers for each in third.reasons}
    assert Reason.IN_EXPERIMENT not in reasons
    assert reasons[Reason.CONTACTED] == found.counts["treated"]
    assert third.size == found.counts["held_out"]
    with pytest.raises(WrongInputError, match="is stopped and cannot be exported"):
        await exported(campaigns, found.id)


async def test_results_count_both_arms_alike_and_say_when_it_is_only_a_peek(
    shop: Shop, database: Database
) -> None:
    campaigns, _ = shop
    found = await approved(campaigns)
    with pytest.raises(WrongInputError, match="has no results, for its list never left"):
        await campaigns.results(found.id, AGENT)
    await exported(campaigns, found.id)
    start = await move_window(database, found.id, days=10)
    drawn = await arms(database, found.id)
    sides = {arm: [one for one, own in drawn.items() if own == arm] for arm in Arm}
    treated, held_out = sides[Arm.TREATED], sides[Arm.HELD_OUT]
    bought = dict.fromkeys((*treated[:60], *held_out[:4], *sides[Arm.LEFT_OUT][:50]), 2000)
    await buy(database, bought, at=start + timedelta(days=2))
    await buy(database, {treated[70]: 999}, at=start - timedelta(days=1), first_id=950_000)
    await import_until(database, datetime.now(UTC))
    peek = await campaigns.results(found.id, AGENT)
    assert (peek.is_final, peek.peeks) == (False, 1)
    assert (peek.treated.people, peek.held_out.people) == (len(treated), len(held_out))
    assert (peek.treated.buyers, peek.held_out.buyers) == (60, 4)
    assert peek.treated.revenue == 120_000
    assert peek.treated.margin == 60_000
    assert peek.buying is not None
    assert peek.buying.estimate == pytest.approx(60 / len(treated) - 4 / len(held_out))
    assert peek.buying.low < peek.buying.estimate < peek.buying.high
    assert peek.cost.minor == 10 * len(treated)
    assert (await campaigns.results(found.id, AGENT)).peeks == 2
    await move_window(database, found.id, days=40)
    await buy(database, {held_out[9]: 5}, at=start + timedelta(days=3), first_id=960_000)
    final = await campaigns.results(found.id, AGENT)
    assert (final.is_final, final.peeks) == (True, 2)
    assert (await campaigns.get(found.id)).state is State.FINISHED
    assert (await campaigns.archive(found.id, ADMIN)).state is State.ARCHIVED
    assert await campaigns.newest() == []


async def test_results_are_no_verdict_while_orders_of_the_window_are_not_imported(
    shop: Shop, database: Database
) -> None:
    campaigns, _ = shop
    found = await approved(campaigns)
    await exported(campaigns, found.id)
    start = await move_window(database, found.id, days=40)
    await import_until(database, start + timedelta(days=5))
    peek = await campaigns.results(found.id, AGENT)
    assert not peek.is_final
    assert peek.until == start + timedelta(days=5)
    assert "Nobody has bought yet" in peek.verdict


async def test_held_out_who_hear_from_another_campaign_are_counted(shop: Shop) -> None:
    campaigns, _ = shop
    first = await approved(campaigns)
    await exported(campaigns, first.id)
    await campaigns.stop(first.id, ADMIN)
    second = await approved(campaigns)
    await exported(campaigns, second.id)
    found = await campaigns.results(first.id, AGENT)
    assert found.contaminated == second.counts["treated"]


async def test_plan_neither_changes_nor_ends_while_its_audience_is_drawn(
    shop: Shop, database: Database
) -> None:
    campaigns, known = shop
    draft = await campaigns.draft(PLAN, AGENT)

    async def meddle() -> None:
        for act in (
            campaigns.change(draft.id, replace(PLAN, holdout=0.4), AGENT),
            campaigns.archive(draft.id, AGENT),
            campaigns.stop(draft.id, ADMIN),
            campaigns.approve(draft.id, OTHER_ADMIN),
        ):
            with pytest.raises(WrongInputError, match="approving this campaign right now"):
                await act

    found = await campaigns.approve(draft.id, ADMIN, meddle)
    assert (found.state, found.plan.holdout) == (State.APPROVED, PLAN.holdout)
    assert len(await arms(database, draft.id)) == len(known)


async def test_interrupted_freeze_leaves_nothing_that_counts_twice(
    shop: Shop, database: Database
) -> None:
    campaigns, known = shop
    draft = await campaigns.draft(PLAN, AGENT)
    async with database.transaction() as connection:
        await connection.execute(
            insert(campaign_members).values(
                campaign_id=draft.id,
                customer_id=5,
                arm=0,
                reason=0,
                segment=0,
                value_365=0,
                orders_in_window=0,
                value_in_window=0,
            )
        )
    await campaigns.approve(draft.id, ADMIN)
    async with database.read() as connection:
        query = select(func.count()).where(campaign_members.c.campaign_id == draft.id)
        assert (await connection.execute(query)).scalar_one() == len(known)


async def test_copy_has_the_same_plan_and_another_lot(shop: Shop, database: Database) -> None:
    campaigns, _ = shop
    first = await campaigns.draft(PLAN, AGENT)
    copy = await campaigns.duplicate(first.id, Person("U0ZOE", is_admin=False))
    assert copy.plan.name == "Come back (copy)"
    assert (copy.plan.rules, copy.plan.offer) == (PLAN.rules, PLAN.offer)
    async with database.read() as connection:
        seeds = (await connection.execute(select(table.c.seed))).scalars().all()
    assert len(set(seeds)) == 2
