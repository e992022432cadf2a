"""Delivering an approved list to Klaviyo and Shopify, as the running bot does it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select, update

from services.campaigns import Campaign
from services.campaigns.channels import DELIVER, Channel
from services.campaigns.plan import State
from services.errors import NotAllowedError, WrongInputError
from services.pool import ProcessPool
from storage.campaigns import deliveries
from storage.campaigns.members import Arm
from storage.models import campaign_members, customers
from tests.services.campaigns.campaign_shop import ADMIN, AGENT, DOMAIN, open_shop
from tests.services.campaigns.test_campaigns import PLAN
from tests.wired import SUPPORT, Json, Wired, open_wired

KEYS: Json = {
    "klaviyo_api_key": SecretStr("pk_playground"),
    "shopify_access_token": SecretStr("shpat_playground"),
    "klaviyo_batch_profiles": 100,
    "internal_email_domains": (DOMAIN,),
}
PATIENCE_SECONDS = 60.0


@pytest.fixture(autouse=True)
def nobody_waits_for_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Klaviyo's rate, which the emulator does not insist on here either."""
    monkeypatch.setattr("bot.marketing.CALLS_PER_SECOND", 200.0)


@asynccontextmanager
async def shop_with(database_url: str, pool: ProcessPool, **options: Any) -> AsyncIterator[Wired]:  # noqa: ANN401
    async with open_wired(database_url, **{**KEYS, **options}) as wired:
        await open_shop(wired.parts.database, pool)
        async with wired.parts.database.transaction() as connection:
            await connection.execute(
                update(customers).values(source_id=customers.c.id + 5_000, phone="+442079460000")
            )
        wired.marketing.faults.merge({"limits_scale": 100.0, "profiles_per_second": 20_000})
        yield wired


async def approved(wired: Wired) -> Campaign:
    """A campaign whose card is in the channel."""
    campaigns = wired.parts.services.campaigns
    draft = await campaigns.draft(PLAN, AGENT)
    await campaigns.approve(draft.id, ADMIN)
    posted = await wired.parts.slack.chat_postMessage(channel=SUPPORT, text="the card")
    await campaigns.card_is_at(draft.id, SUPPORT, str(posted["ts"]))
    return await campaigns.get(draft.id)


async def treated(wired: Wired, campaign: Campaign) -> list[int]:
    own = campaign_members.c
    async with wired.parts.database.read() as connection:
        query = select(own.customer_id).where(
            own.campaign_id == campaign.id, own.arm == int(Arm.TREATED)
        )
        return sorted(await connection.scalars(query))


async def delivered(wired: Wired, campaign: Campaign, channel: Channel) -> dict[str, int]:
    """Work until the delivery is over or given up; returns the counts of outcomes."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        await wired.work()
        async with wired.parts.database.read() as connection:
            key = f"{DELIVER}:{campaign.id}:{channel}"
            job = await wired.parts.ledger.find(connection, key)
            counts = await deliveries.count_outcomes(connection, campaign.id)
        assert job is not None
        if job.state in {"done", "dead"}:
            return counts.get(str(channel), {})
        await asyncio.sleep(0.05)
    raise AssertionError("It never came to an end.")


def members(wired: Wired) -> dict[str, int]:
    """How often each address was put on the only list."""
    (only,) = wired.marketing.accounts.lists.values()
    return dict(only["members"])


async def progress(wired: Wired, campaign: Campaign) -> list[Json]:
    assert campaign.card is not None
    return await wired.cards(campaign.card[1])


async def test_list_in_klaviyo_holds_the_treated_once_and_one_message_told_how_far_it_was(
    database_url: str, pool: ProcessPool
) -> None:
    async with shop_with(database_url, pool) as wired:
        campaign = await approved(wired)
        people = await treated(wired, campaign)
        gone, ill = people[0], people[7]
        async with wired.parts.database.transaction() as connection:
            for who, change in ((gone, {"consent": "unsubscribed"}), (ill, {"email": "x@y"})):
                await connection.execute(
                    update(customers).where(customers.c.id == who).values(**change)
                )
        campaigns = wired.parts.services.campaigns
        assert (await campaigns.deliver(campaign.id, Channel.KLAVIYO, ADMIN)).started_at is None
        counts = await delivered(wired, campaign, Channel.KLAVIYO)
        assert counts == {"accepted": len(people) - 2, "withdrawn": 1, "refused": 1}
        wanted = {f"p{each}@example.com" for each in people if each not in {gone, ill}}
        assert members(wired) == dict.fromkeys(wanted, 1)
        profile = wired.marketing.accounts.profiles[f"p{people[1]}@example.com"]
        assert profile["external_id"] == str(people[1] + 5_000)
        assert profile["phone_number"] == "+442079460000"
        assert profile["properties"]["Regulars Campaign"] == "Come back"
        assert len(wired.marketing.accounts.imports) == -(-len(people) // 100)
        (told,) = await progress(wired, campaign)
        assert f"{len(people):,} of {len(people):,} done (100%)" in told["text"]
        assert "1 refused: Invalid email address" in told["text"]
        assert (await campaigns.get(campaign.id)).state is State.RUNNING
        assert campaign.card is not None
        (card,) = [m for m in await wired.messages() if m["ts"] == campaign.card[1]]
        assert "running" in card["text"]
        assert f"List in Klaviyo: {len(people) - 2} taken, 1 refused" in str(card["blocks"])
        with pytest.raises(WrongInputError, match="was delivered to Klaviyo already"):
            await campaigns.deliver(campaign.id, Channel.KLAVIYO, ADMIN)


async def test_lost_answers_and_errors_send_nobody_twice(
    database_url: str, pool: ProcessPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.campaigns.klaviyo_push.SETTLE_SECONDS", 0.3)
    monkeypatch.setattr("bot.worker.BACKOFF_CAP_MS", {0: 300, 1: 300})
    monkeypatch.setattr("services.circuit.PROBE_SECONDS", 0.3)
    async with shop_with(database_url, pool, klaviyo_batch_profiles=40) as wired:
        campaign = await approved(wired)
        people = await treated(wired, campaign)
        wired.marketing.faults.merge({"lose_reply_rate": 0.4, "error_rate": 0.1})
        await wired.parts.services.campaigns.deliver(campaign.id, Channel.KLAVIYO, ADMIN)
        counts = await delivered(wired, campaign, Channel.KLAVIYO)
        assert counts == {"accepted": len(people)}
        assert members(wired) == {f"p{each}@example.com": 1 for each in people}
        calls = wired.marketing.gate.calls
        assert any(call["status"] == "lost" for call in calls)


async def test_refused_key_is_told_and_the_next_press_goes_on_where_it_stopped(
    database_url: str, pool: ProcessPool
) -> None:
    async with shop_with(database_url, pool) as wired:
        campaign = await approved(wired)
        people = await treated(wired, campaign)
        campaigns = wired.parts.services.campaigns
        wired.marketing.faults.merge({"wrong_key": True})
        await campaigns.deliver(campaign.id, Channel.KLAVIYO, ADMIN)
        assert await delivered(wired, campaign, Channel.KLAVIYO) == {}
        (told,) = await progress(wired, campaign)
        assert "Klaviyo refuses KLAVIYO_API_KEY" in told["text"]
        assert (await campaigns.get(campaign.id)).state is State.APPROVED
        wired.marketing.faults.merge({"wrong_key": False})
        await campaigns.deliver(campaign.id, Channel.KLAVIYO, ADMIN)
        counts = await delivered(wired, campaign, Channel.KLAVIYO)
        assert counts == {"accepted": len(people)}
        assert len(await progress(wired, campaign)) == 1


async def test_stopped_campaign_sends_nothing_more(database_url: str, pool: ProcessPool) -> None:
    async with shop_with(database_url, pool) as wired:
        campaign = await approved(wired)
        campaigns = wired.parts.services.campaigns
        await campaigns.deliver(campaign.id, Channel.KLAVIYO, ADMIN)
        await campaigns.stop(campaign.id, ADMIN)
        assert await delivered(wired, campaign, Channel.KLAVIYO) == {}
        assert wired.marketing.accounts.lists == {}
        (told,) = await progress(wired, campaign)
        assert "not running any more" in told["text"]


async def test_shopify_customers_get_the_tag_within_the_cost_that_the_shop_allows(
    database_url: str, pool: ProcessPool
) -> None:
    async with shop_with(database_url, pool) as wired:
        wired.marketing.faults.merge({"limits_scale": 2.0})
        campaign = await approved(wired)
        people = await treated(wired, campaign)
        unknown, absent = people[2], people[3]
        wired.marketing.accounts.customers = {
            str(each + 5_000) for each in people if each != absent
        }
        async with wired.parts.database.transaction() as connection:
            await connection.execute(
                update(customers).where(customers.c.id == unknown).values(source_id=None)
            )
        await wired.parts.services.campaigns.deliver(campaign.id, Channel.SHOPIFY, ADMIN)
        counts = await delivered(wired, campaign, Channel.SHOPIFY)
        assert counts == {"tagged": len(people) - 2, "refused": 2}
        tag = f"regulars-{campaign.id} Come back"
        assert wired.marketing.accounts.tags == {
            str(each + 5_000): [tag] for each in people if each not in {unknown, absent}
        }
        (told,) = await progress(wired, campaign)
        assert f"the tag “{tag}”" in told["text"]
        assert "1 refused: Customer does not exist" in told["text"]


async def test_setup_checks_tell_whether_the_accounts_let_us_in(database_url: str) -> None:
    async with open_wired(database_url, **KEYS) as wired:
        checks = wired.parts.services.setup_checks
        found = {each.name: each for each in await checks.run()}
        assert found["Klaviyo login"].is_ok
        assert found["Shopify login"].line == "✔ Shopify login: accepted by Playground."
        wired.marketing.faults.merge({"wrong_key": True})
        found = {each.name: each for each in await checks.run()}
        assert "KLAVIYO_API_KEY" in found["Klaviyo login"].sentence
        assert "SHOPIFY_ACCESS_TOKEN" in found["Shopify login"].sentence
        assert not found["Shopify login"].is_ok


async def test_without_an_account_only_files_are_offered_and_it_says_why(
    database_url: str, pool: ProcessPool
) -> None:
    none = {"klaviyo_api_key": SecretStr(""), "shopify_access_token": SecretStr("")}
    async with shop_with(database_url, pool, **none) as wired:
        campaign = await approved(wired)
        campaigns = wired.parts.services.campaigns
        assert campaigns.channels == frozenset()
        with pytest.raises(WrongInputError, match="set KLAVIYO_API_KEY"):
            await campaigns.deliver(campaign.id, Channel.KLAVIYO, ADMIN)


async def test_only_an_admin_has_an_approved_list_delivered(
    database_url: str, pool: ProcessPool
) -> None:
    async with shop_with(database_url, pool) as wired:
        campaigns = wired.parts.services.campaigns
        draft = await campaigns.draft(PLAN, AGENT)
        with pytest.raises(WrongInputError, match="is a draft and cannot be exported"):
            await campaigns.deliver(draft.id, Channel.KLAVIYO, ADMIN)
        await campaigns.approve(draft.id, ADMIN)
        with pytest.raises(NotAllowedError, match="Only an admin"):
            await campaigns.deliver(draft.id, Channel.SHOPIFY, AGENT)
