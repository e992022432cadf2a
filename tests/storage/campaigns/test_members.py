from datetime import UTC, datetime, timedelta

import numpy as np

from storage.campaigns import deliveries, members, plans
from storage.campaigns.deliveries import Channel, Delivery, Outcome
from storage.campaigns.members import Arm
from storage.campaigns.plans import NewCampaign
from storage.customer_writes import Person
from storage.database import Database
from storage.imports import write_customers

SUBSCRIBED = "subscribed"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PLAN = NewCampaign("Come back", "winback", {}, {}, {}, 0.1, 7, 30, "U1")
PEOPLE = [
    Person(
        str(i), f"p{i}@example.com", f"+4420794600{i:02}", f"Person {i}", "GB", SUBSCRIBED, ("vip",)
    )
    for i in range(10)
]


async def campaign_with(database: Database, arms: list[Arm]) -> int:
    """A campaign whose members are customers 1, 2, 3, …"""
    size = len(arms)
    async with database.transaction() as connection:
        await connection.run_sync(write_customers, PEOPLE)
        campaign_id = await plans.add(connection, PLAN)
        await members.insert_members(
            connection,
            campaign_id,
            {
                "customer_id": np.arange(1, size + 1),
                "arm": np.array(arms),
                "reason": np.zeros(size, dtype=np.int64),
                "segment": np.full(size, 2),
                "value_365": np.arange(size) * 100,
                "orders_in_window": np.full(size, 0.25),
                "value_in_window": np.arange(size) * 10,
            },
        )
    return campaign_id


async def test_pages_of_the_treated_hold_each_of_them_once_in_order(database: Database) -> None:
    arms = [Arm.TREATED, Arm.HELD_OUT, Arm.TREATED, Arm.LEFT_OUT, Arm.TREATED]
    campaign_id = await campaign_with(database, arms)
    seen, after = [], 0
    async with database.read() as connection:
        while page := await deliveries.recipients(connection, campaign_id, after=after, limit=2):
            seen += page
            after = page[-1].customer_id
    assert [one.customer_id for one in seen] == [1, 3, 5]
    assert seen[1].email == "p2@example.com"
    assert seen[1].may_be_written_to
    assert (seen[1].segment, seen[1].value) == (2, 200)


async def test_who_was_erased_is_in_no_page_and_no_count(database: Database) -> None:
    campaign_id = await campaign_with(database, [Arm.TREATED] * 3)
    async with database.transaction() as connection:
        delivery = Delivery(campaign_id, Channel.KLAVIYO)
        await delivery.note_all(connection, (1, 3), Outcome.SENT, NOW, {})
        await members.erase(connection, [2])
    async with database.read() as connection:
        page = await deliveries.recipients(connection, campaign_id)
        assert [one.customer_id for one in page] == [1, 3]
        assert (await members.count_arms(connection, campaign_id))[Arm.TREATED] == 2
        assert await delivery.ids(connection, (1, 3), Outcome.SENT) == [1, 3]


async def test_refusal_later_does_not_undo_the_first_contact(database: Database) -> None:
    campaign_id = await campaign_with(database, [Arm.TREATED, Arm.HELD_OUT])
    later = NOW + timedelta(days=1)
    async with database.transaction() as connection:
        delivery = Delivery(campaign_id, Channel.KLAVIYO)
        await delivery.note_all(connection, (1, 2), Outcome.EXPORTED, NOW, {})
        await delivery.note(connection, {1: (Outcome.REFUSED, "bad address")}, later)
    async with database.read() as connection:
        counts = await deliveries.count_outcomes(connection, campaign_id)
        assert counts == {"klaviyo": {"refused": 1}}
        problems = await deliveries.count_problems(connection, campaign_id, Channel.KLAVIYO)
        assert problems == [("bad address", 1)]
        assert await members.count_contacted(connection, campaign_id) == 1


async def test_outcomes_of_one_channel_leave_those_of_another_alone(database: Database) -> None:
    campaign_id = await campaign_with(database, [Arm.TREATED] * 4)
    klaviyo, shopify = (Delivery(campaign_id, each) for each in (Channel.KLAVIYO, Channel.SHOPIFY))
    async with database.transaction() as connection:
        left_out = {2: (Outcome.WITHDRAWN, "")}
        await klaviyo.note_all(connection, (1, 4), Outcome.SENT, NOW, left_out)
        assert await members.count_contacted(connection, campaign_id) == 0
        await shopify.note(connection, {3: (Outcome.TAGGED, "")}, NOW)
        await klaviyo.accept(connection, (1, 3), Outcome.ACCEPTED, NOW)
        assert await members.count_contacted(connection, campaign_id) == 2
        assert await deliveries.count_outcomes(connection, campaign_id) == {
            "klaviyo": {"accepted": 2, "withdrawn": 1, "sent": 1},
            "shopify": {"tagged": 1},
        }


async def test_only_one_of_two_may_freeze_an_audience(database: Database) -> None:
    campaign_id = await campaign_with(database, [])
    for begun, may in ((NOW, True), (NOW, False), (NOW + timedelta(hours=1), True)):
        async with database.transaction() as connection:
            silent = begun - timedelta(minutes=10)
            assert await plans.claim_freeze(connection, campaign_id, begun, silent) is may


async def test_interrupted_freeze_is_cleared_in_batches(database: Database) -> None:
    campaign_id = await campaign_with(database, [Arm.TREATED] * 9)
    async with database.transaction() as connection:
        assert await members.delete_members(connection, campaign_id) == 9
        assert await members.delete_members(connection, campaign_id) == 0
