"""Tokens, addresses and what people wrote appear in no log, not even at DEBUG."""

import base64
import json
from pathlib import Path

import pytest

from tests.conftest import MakeDatabase
from tests.end_to_end.conftest import new_bot
from tests.end_to_end.playground import BEN, MAYA, OLIVIA, SUPPORT, Bot, Playground

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORDS = "xylophonic-canary"
CANARIES = (WORDS, "canary@example.test", "7700900999", "canary.png", "@playground.test")
SECRETS = ("xoxb-playground", "xapp-playground", "playground-key", "ticket=", "canary-admin-key")


async def a_busy_day(playground: Playground, bot: Bot) -> None:
    """Do most of what can be done, and have most of it fail once."""
    await playground.slack_faults(
        fail={"chat.postMessage": {"error": "internal_error", "times": 1}},
        http_status={"conversations.replies": {"status": 503, "times": 1}},
        lose_reply={"chat.postMessage": {"times": 1}},
    )
    await playground.gorgias_faults(error_rate=0.2, lose_reply_rate=0.1, seed=3)
    ts = await playground.say(
        BEN,
        f"{WORDS}: canary@example.test called from +44 7700900999",
        files=[
            {
                "name": "canary.png",
                "mimetype": "image/png",
                "content_base64": base64.b64encode(WORDS.encode()).decode(),
            }
        ],
    )
    await playground.react(OLIVIA, ts)
    await playground.ticket(ts)
    await playground.say(MAYA, f"{WORDS} again", thread_ts=ts)
    await playground.react(MAYA, ts, "white_check_mark")
    await playground.calm()
    await playground.status_of(ts, "closed")
    for asked in (WORDS, "canary@example.test", "+44 7700900999"):
        await playground.command(BEN, "/customer", asked)
    await playground.person("edit", user=BEN, channel=SUPPORT, ts=ts, text=f"{WORDS} edited")
    await playground.person("delete", user=BEN, channel=SUPPORT, ts=ts)
    await playground.card_saying(ts, "deleted in Slack")
    await playground.person("reset")
    await bot.wait_ready()
    await bot.quiet(playground, seconds=60)


@pytest.mark.parametrize(("style", "database"), [("json", "postgresql"), ("console", "sqlite")])
async def test_neither_secrets_nor_peoples_words_reach_the_log_at_debug(
    playground: Playground, make_database: MakeDatabase, tmp_path: Path, style: str, database: str
) -> None:
    bot = new_bot(
        playground,
        make_database(database),
        tmp_path,
        LOG_LEVEL="DEBUG",
        LOG_FORMAT=style,
        ADMIN_KEY="canary-admin-key",
        EDIT_NOTE_SECONDS="2",
    )
    await bot.start()
    try:
        await a_busy_day(playground, bot)
    finally:
        await bot.stop()
    log = bot.log()
    assert "ticket.opened" in log
    assert [each for each in (*CANARIES, *SECRETS) if each in log] == []


async def test_one_correlation_id_follows_an_event_from_envelope_to_reply(
    playground: Playground, make_database: MakeDatabase, tmp_path: Path
) -> None:
    bot = new_bot(playground, make_database("sqlite"), tmp_path)
    await bot.start()
    ts = await playground.say(BEN, "Follow this one")
    await playground.react(OLIVIA, ts)
    await playground.ticket(ts)
    await bot.quiet(playground)
    await bot.stop()
    lines = [json.loads(line) for line in bot.log().splitlines()]
    (stored,) = [line for line in lines if line["event"] == "reaction.stored"]
    followed = [line for line in lines if line.get("correlation_id") == stored["correlation_id"]]
    assert {"reaction.take", "ticket.sync", "card.sync"} <= {
        line.get("kind") for line in followed if line["event"] == "job.run"
    }
