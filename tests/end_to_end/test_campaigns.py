"""Journey 5: `/campaign` plans, dry-runs, waits for a second person, exports and measures."""

import asyncio
import csv
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from io import StringIO

import pytest
import pytest_asyncio
from sqlalchemy import update

from services.pool import ProcessPool
from storage.database import Database
from storage.models import jobs
from tests.end_to_end.playground import (
    BEN,
    BOT,
    GUS,
    MAYA,
    OLIVIA,
    ROOT,
    SUPPORT,
    Bot,
    Json,
    Playground,
    eventually,
)
from tests.end_to_end.surfaces import ask, direct, form_of, heard, press
from tests.services.campaigns.campaign_shop import Known, open_shop
from tests.services.campaigns.test_campaigns import import_until, move_window

EVERYBODY = {"left_out": [], "contacted": "0"}

pytestmark = [pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(bot: Bot, pool: ProcessPool) -> AsyncIterator[list[Known]]:
    """Give the running bot a scored shop with known consents and tickets."""
    database = Database(bot.environment["DATABASE_URL"])
    _, known = await open_shop(database, pool, with_helpdesk=False)
    yield known
    await database.close()


async def submit(playground: Playground, user: str, form: Json, **typed: object) -> Json:
    values = {
        block["block_id"]: {"campaign_field": typed[name]}
        for block in form["blocks"]
        if block["type"] == "input"
        and (name := block["block_id"].removeprefix("campaign_").partition(":")[0]) in typed
    }
    return await playground.person("view/submit", user=user, view_id=form["id"], values=values)


async def cards(playground: Playground, words: str) -> list[Json]:
    """What the bot said to the channel, outside threads, that holds `words`."""
    return [
        each
        for each in await playground.messages(SUPPORT)
        if each["user"] == BOT
        and not each["ephemeral"]
        and not each.get("thread_ts")
        and words in str(each)
    ]


async def card_saying(playground: Playground, ts: str, words: str) -> Json:
    async def saying() -> Json | None:
        card = await playground.message(ts)
        return card if words in str(card) else None

    found = await eventually(saying, what=f"a card saying {words!r}")
    assert found is not None
    return found


async def planned(
    playground: Playground, name: str, *, also_busy: bool = False, **offer: object
) -> Json:
    """Go through the form as Ben; returns the card. `also_busy`: whoever consents is in."""
    known = {each["ts"] for each in await cards(playground, name)}
    await playground.command(BEN, "/campaign", "custom")
    form = await form_of(playground, BEN, "1 of 3")
    await submit(playground, BEN, form, name=name)
    form = await form_of(playground, BEN, "2 of 3")
    await submit(playground, BEN, form, **(EVERYBODY if also_busy else {}))
    form = await form_of(playground, BEN, "3 of 3")
    await submit(playground, BEN, form, **offer)

    async def posted() -> list[Json]:
        return [each for each in await cards(playground, name) if each["ts"] not in known]

    (card,) = await eventually(posted, what="the dry run")
    return card


@pytest.mark.usefixtures("shop")
async def test_draft_from_the_list_is_approved_copied_and_archived_where_it_is_shown(
    playground: Playground,
) -> None:
    told = await ask(playground, BEN, "/campaign", "draft custom name=Typed", "a draft")
    with_menu = await ask(playground, OLIVIA, "/campaign", "list", "Show a campaign")
    await playground.click(OLIVIA, with_menu["ts"], "campaign_show", value=str(number(told)))
    shown = await heard(playground, OLIVIA, "a draft", after=with_menu["ts"])
    mine = await ask(playground, BEN, "/campaign", str(number(told)), "a draft")
    await playground.click(BEN, mine["ts"], "campaign_approve")
    await heard(playground, BEN, "Only an admin may approve", after=mine["ts"])
    assert "campaign_approve" in str(await whispered(playground, BEN, mine["ts"]))

    await playground.click(OLIVIA, shown["ts"], "campaign_approve")
    await whispered(playground, OLIVIA, shown["ts"], "approved, not exported yet")
    await playground.click(OLIVIA, shown["ts"], "campaign_stop")
    await whispered(playground, OLIVIA, shown["ts"], "stopped")
    await playground.click(OLIVIA, shown["ts"], "campaign_copy")
    form = await form_of(playground, OLIVIA, "1 of 3")
    assert first_value(form, "name") == "Typed (copy)"
    await playground.click(OLIVIA, shown["ts"], "campaign_discard")
    await whispered(playground, OLIVIA, shown["ts"], "archived")


async def whispered(playground: Playground, user: str, ts: str, words: str = "") -> Json:
    """Wait until a message to one person holds `words`."""

    async def saying() -> Json | None:
        told = await playground.whispers(user)
        return next((each for each in told if each["ts"] == ts and words in str(each)), None)

    found = await eventually(saying, what=f"a word saying {words!r}")
    assert found is not None
    return found


async def test_campaign_is_planned_dry_run_approved_exported_and_measured(
    playground: Playground, bot: Bot, shop: list[Known]
) -> None:
    reasons = Counter(each.reason for each in shop)
    card = await planned(playground, "First one", cost="0.10", holdout="20")
    campaign_id = number(card)
    inside = reasons[""]
    assert f"{inside - round(inside * 0.2):,} customers would be written to" in card["text"]
    shown = str(card["blocks"])
    assert "900 fit the rules" in shown
    for reason, count in reasons.items():
        assert not reason or f"-{count} {reason}" in shown
    assert "Nothing was sent" in card["text"]

    async def picture() -> Json | None:
        replies = await playground.cards(card["ts"])
        return next((each for each in replies if each["files"]), None)

    chart = await eventually(picture, what="the chart")
    assert chart is not None
    assert chart["files"][0]["alt_txt"].startswith("Bar chart of expected spend")

    await playground.click(BEN, card["ts"], "campaign_approve")
    await heard(playground, BEN, "Only an admin may approve")
    await playground.click(OLIVIA, card["ts"], "campaign_approve")
    decided = await card_saying(playground, card["ts"], "approved, not exported yet")
    assert "set KLAVIYO_API_KEY to fill a list" in str(decided["blocks"])
    assert "campaign_deliver" not in str(decided["blocks"])
    await playground.click(OLIVIA, card["ts"], "campaign_export_klaviyo")
    sent = await direct(playground, OLIVIA, f"campaign-{campaign_id}-klaviyo.csv")
    (file,) = sent["files"]
    answer = await playground.http.get(f"{playground.slack_url}{file['url']}")
    rows = list(csv.DictReader(StringIO(answer.content.decode())))
    assert len(rows) == inside - round(inside * 0.2)
    consenting = {f"p{each.id}@example.com" for each in shop if not each.reason}
    assert {row["Email"] for row in rows} < consenting
    running = await card_saying(playground, card["ts"], "running")
    assert f"CSV for Klaviyo: {len(rows)} exported" in str(running["blocks"])
    told = await ask(
        playground, BEN, "/campaign", f"results {campaign_id}", "A peek, not the result"
    )
    assert "No orders have been imported since it began" in told["text"]
    listed = await ask(playground, BEN, "/campaign", "list", "First one")
    assert "running" in str(listed["blocks"])
    answer_text = await on_terminal(bot, f"/campaign results {campaign_id}")
    assert answer_text["is_final"] is False
    assert answer_text["treated"]["people"] == len(rows)


@pytest.mark.usefixtures("shop")
async def test_card_says_when_the_window_has_closed_and_follows_what_is_typed(
    playground: Playground, bot: Bot
) -> None:
    card = await planned(playground, "Over", also_busy=True)
    campaign_id, ts = number(card), card["ts"]
    await playground.click(OLIVIA, ts, "campaign_approve")
    await card_saying(playground, ts, "approved, not exported yet")
    await playground.click(OLIVIA, ts, "campaign_export_mailchimp")
    await card_saying(playground, ts, "running")
    await close_window(bot, campaign_id)
    finished = await card_saying(playground, ts, "finished")
    assert "campaign_export_mailchimp" not in str(finished["blocks"])
    assert "Results of campaign" in str(await playground.cards(ts))
    await ask(playground, OLIVIA, "/campaign", f"archive {campaign_id}", "archived")
    await card_saying(playground, ts, "archived")


async def close_window(bot: Bot, campaign_id: int) -> None:
    database = Database(bot.environment["DATABASE_URL"])
    await move_window(database, campaign_id, days=40)
    await import_until(database, datetime.now(UTC))
    async with database.transaction() as connection:
        due = update(jobs).where(jobs.c.key == f"campaign.results:{campaign_id}")
        await connection.execute(due.values(run_at=0))
    await database.close()


async def on_terminal(bot: Bot, asked: str) -> Json:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "ask", asked, "--json"),
        cwd=ROOT,
        env=bot.environment,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    return dict(json.loads(out))


async def test_dry_run_answers_behind_the_form_and_in_a_mention(
    playground: Playground, shop: list[Known]
) -> None:
    told = await ask(playground, MAYA, "/campaign", "growth holdout=25%", "fit the rules")
    assert "Growth: " in told["text"]
    form = await form_of(playground, MAYA, "1 of 3")
    assert "customers fit" in str(form["blocks"])
    ts = await playground.say(MAYA, "@Regulars campaign growth")
    told = await heard(playground, MAYA, "fit the rules", after=ts)
    assert "consent unknown" in str(told["blocks"])
    assert shop


@pytest.mark.usefixtures("shop")
async def test_rules_of_another_goal_and_what_is_wrong_are_shown_in_the_form(
    playground: Playground,
) -> None:
    await playground.command(OLIVIA, "/campaign", "")
    form = await form_of(playground, OLIVIA, "1 of 3")
    await press(
        playground, OLIVIA, form, "campaign_field", block_id="campaign_goal", value="winback"
    )
    form = await form_of(playground, OLIVIA, "campaign_segment:winback")
    assert first_value(form, "name") == "Winback"
    refused = await submit(playground, OLIVIA, form, min_value="twelve")
    assert "is a number such as 12.50" in refused["errors"]["campaign_min_value:winback"]
    refused = await submit(playground, OLIVIA, form, min_value="", bought="HAT")
    assert "no product with the SKU" in refused["errors"]["campaign_bought:winback"]
    refused = await submit(playground, OLIVIA, form, bought="", product="HAT")
    assert "no product" in refused["errors"]["campaign_product:winback"]
    await submit(playground, OLIVIA, form, bought="", product="")
    form = await form_of(playground, OLIVIA, "2 of 3")
    assert "same e-mail address" in str(form["blocks"])


@pytest.mark.usefixtures("shop")
async def test_form_goes_back_a_step_and_keeps_what_was_typed(playground: Playground) -> None:
    await playground.command(BEN, "/campaign", "custom")
    form = await form_of(playground, BEN, "1 of 3")
    await submit(playground, BEN, form, name="To and fro", min_value="1")
    form = await form_of(playground, BEN, "2 of 3")
    await submit(playground, BEN, form, contacted="7")
    form = await form_of(playground, BEN, "3 of 3")
    await press(playground, BEN, form, "campaign_field", block_id="campaign_margin", value="150")
    form = await form_of(playground, BEN, "must be from 0 to 100%")
    await press(playground, BEN, form, "campaign_back")
    form = await form_of(playground, BEN, "2 of 3")
    assert first_value(form, "contacted") == "7"
    await press(playground, BEN, form, "campaign_back")
    form = await form_of(playground, BEN, "1 of 3")
    assert (first_value(form, "name"), first_value(form, "min_value")) == ("To and fro", "1.00")


def first_value(form: Json, name: str) -> str:
    """What stands in a field when the form is drawn."""
    (block,) = (
        each
        for each in form["blocks"]
        if each["type"] == "input" and each["block_id"].partition(":")[0] == f"campaign_{name}"
    )
    return str(block["element"]["initial_value"])


@pytest.mark.usefixtures("shop")
async def test_people_behind_a_reason_are_named_to_who_asks_alone(playground: Playground) -> None:
    card = await planned(playground, "Who is it")
    await playground.click(MAYA, card["ts"], "campaign_people", value=f"{number(card)}:1")
    told = await heard(playground, MAYA, "Left out: unsubscribed")
    assert "@example.com" in str(told["blocks"])
    assert "@example.com" not in str(await cards(playground, "Who is it"))
    await playground.click(BEN, card["ts"], "campaign_discard")
    await card_saying(playground, card["ts"], "archived")


def number(card: Json) -> int:
    menu = next(
        element
        for block in card["blocks"]
        for element in block.get("elements") or ()
        if element.get("action_id") == "campaign_people"
    )
    return int(menu["options"][0]["value"].partition(":")[0])


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("winbak", "Did you mean /campaign winback?"),
        ("results 99", "no campaign 99"),
        ("cross-sell product=HAT", "no product"),
        ("winback contry=GB", "Did you mean country=…?"),
        ("help", "/campaign winback"),
    ],
)
async def test_what_is_no_campaign_is_told_in_one_sentence(
    playground: Playground, typed: str, words: str
) -> None:
    await ask(playground, BEN, "/campaign", typed, words)


async def test_guest_sees_no_campaign(playground: Playground) -> None:
    await ask(playground, GUS, "/campaign", "winback", "Only the support team")
