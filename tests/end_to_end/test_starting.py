"""Starting and stopping: what is refused, what is waited for, what is given back."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from tests.conftest import MakeDatabase
from tests.end_to_end.conftest import new_bot
from tests.end_to_end.playground import BEN, OLIVIA, Bot, Playground, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

MakeBot = Callable[..., Bot]

UNREACHABLE = "http://127.0.0.1:9"
"""The discard port, where nobody listens."""


@pytest_asyncio.fixture(loop_scope="module")
async def make_bot(
    playground: Playground, make_database: MakeDatabase, tmp_path: Path
) -> AsyncIterator[MakeBot]:
    """Set bots up that are gone after the test, so that none takes another's events."""
    made: list[Bot] = []

    def make(database: str = "sqlite", **settings: str) -> Bot:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        settings = {"DATABASE_URL": make_database(database), **settings}
        made.append(new_bot(playground, settings["DATABASE_URL"], folder, **settings))
        return made[-1]

    yield make
    for bot in made:
        await bot.die()


async def exit_code(bot: Bot) -> int:
    """Start a bot that is to refuse, and wait for its end."""
    await bot.start(ready=False)
    assert bot.process is not None
    async with asyncio.timeout(120):
        return await bot.process.wait()


def last_line(bot: Bot) -> str:
    return bot.log().strip().splitlines()[-1]


async def calls(playground: Playground, method: str) -> int:
    made = (await playground.slack_log())["calls"]
    return sum(call["method"] == method for call in made)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("SLACK_BOT_TOKEN", "xoxb-wrong"),
        ("SLACK_APP_TOKEN", "xapp-wrong"),
        ("GORGIAS_API_KEY", "wrong-key"),
        ("SLACK_BOT_TOKEN", "not a token at all"),
        ("SLACK_APP_TOKEN", ""),
    ],
)
async def test_wrong_credential_ends_the_start_with_one_sentence_that_names_it(
    make_bot: MakeBot, setting: str, value: str
) -> None:
    bot = make_bot(**{setting: value})
    assert await exit_code(bot) == 2
    assert setting in last_line(bot)
    assert "Traceback" not in bot.log()
    assert not value or value not in bot.log()


async def test_second_bot_on_the_same_file_is_refused(make_bot: MakeBot) -> None:
    first = make_bot()
    await first.start()
    second = make_bot(DATABASE_URL=first.environment["DATABASE_URL"])
    assert await exit_code(second) == 2
    assert "already running" in last_line(second)


async def test_port_that_is_taken_is_one_sentence_that_names_it(make_bot: MakeBot) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        bot = make_bot(HTTP_PORT=port)
        assert await exit_code(bot) == 2
    assert f"HTTP_PORT {port}: address already in use" in last_line(bot)
    assert "Traceback" not in bot.log()


async def test_empty_database_is_migrated(playground: Playground, make_bot: MakeBot) -> None:
    bot = make_bot(DATABASE_URL="")
    await bot.start()
    ts = await playground.say(BEN, "First message on a fresh machine")
    await playground.react(OLIVIA, ts)
    await playground.ticket(ts)
    assert await bot.stop() == 0


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_first_event_while_slack_does_not_say_who_we_are_is_not_lost(
    playground: Playground, make_bot: MakeBot, database: str
) -> None:
    await playground.slack_faults(http_status={"auth.test": {"status": 503, "times": 1000}})
    bot = make_bot(database)
    await bot.start()
    ts = await playground.say(BEN, "The very first message")
    await playground.react(OLIVIA, ts)
    await eventually(lambda: acknowledged(playground), what="the event to be acknowledged")
    assert await playground.tickets_of(ts) == []
    await playground.slack_faults(http_status={})
    await playground.ticket(ts)
    await bot.quiet(playground)
    assert len(await playground.tickets_of(ts)) == 1


async def acknowledged(playground: Playground) -> bool:
    return await playground.unacknowledged() == 0


async def test_bot_starts_while_gorgias_is_down(playground: Playground, make_bot: MakeBot) -> None:
    await playground.gorgias_faults(refuse=True)
    bot = make_bot()
    await bot.start()
    ts = await playground.say(BEN, "Filed before Gorgias ever answered")
    await playground.react(OLIVIA, ts)
    await playground.card_saying(ts, "Gorgias is not answering")
    await playground.gorgias_faults(refuse=False)
    await playground.ticket(ts)


async def test_bot_starts_while_slack_is_away_and_works_when_it_returns(
    playground: Playground, make_bot: MakeBot
) -> None:
    away = {"status": 503, "times": 1000}
    await playground.slack_faults(
        http_status={"auth.test": away, "apps.connections.open": away},
        redeliver_after=[2.0] * 60,
        ack_deadline=1.0,
    )
    bot = make_bot()
    await bot.start(ready=False)
    await eventually(lambda: is_live(bot), seconds=120, what="the sidecar")
    assert await bot.status("/health/ready") == 503
    ts = await playground.say(BEN, "Nobody hears this yet")
    await playground.react(OLIVIA, ts)
    await playground.slack_faults(http_status={})
    await bot.wait_ready()
    await playground.ticket(ts)


async def is_live(bot: Bot) -> bool:
    return await bot.status("/health/live") == 200


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"SLACK_API_URL": f"{UNREACHABLE}/api/"},
        {"GORGIAS_BASE_URL": UNREACHABLE},
    ],
    ids=["idle", "slack unreachable", "gorgias unreachable"],
)
async def test_sigterm_ends_the_bot_with_zero(make_bot: MakeBot, settings: dict[str, str]) -> None:
    bot = make_bot(**settings)
    await bot.start(ready=False)
    await eventually(lambda: is_live(bot), seconds=120, what="the sidecar")
    assert await bot.stop() == 0
    assert "Traceback" not in bot.log()


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_sigterm_waits_for_what_runs_and_gives_the_rest_back(
    playground: Playground, make_bot: MakeBot, database: str
) -> None:
    """Two jobs at a time, a lease of a minute: what another bot does at once was given back."""
    bot = make_bot(database, WORKER_CONCURRENCY="2", LEASE_SECONDS="60")
    await bot.start()
    roots = [await playground.say(BEN, f"Draining {number}") for number in range(5)]
    await playground.gorgias_faults(slow_ms=400)
    for ts in roots:
        await playground.react(OLIVIA, ts)
    await eventually(lambda: at_work(bot), what="work in hand")
    assert await bot.stop() == 0
    leased = [each for each in await bot.open_jobs() if each[1] == "leased"]
    assert leased == []
    await playground.gorgias_faults(slow_ms=0)
    await bot.start()
    for ts in roots:
        await playground.ticket(ts)
    await bot.quiet(playground)
    assert [len(await playground.tickets_of(ts)) for ts in roots] == [1] * 5


async def at_work(bot: Bot) -> bool:
    return ("ticket.sync", "leased") in await bot.open_jobs()


async def test_call_that_outlasts_the_drain_is_given_back_and_not_repeated_blindly(
    playground: Playground, make_bot: MakeBot
) -> None:
    bot = make_bot(DRAIN_SECONDS="2", LEASE_SECONDS="300", GORGIAS_TIMEOUT_SECONDS="90")
    await bot.start()
    ts = await playground.say(BEN, "Gorgias takes longer than we may wait")
    await playground.gorgias_faults(slow_ms=8_000)
    await playground.react(OLIVIA, ts)
    await eventually(lambda: at_work(bot), what="work in hand")
    assert await bot.stop() == 0
    assert [each for each in await bot.open_jobs() if each[1] == "leased"] == []
    await playground.gorgias_faults(slow_ms=0)
    await bot.start()
    await playground.ticket(ts)
    await bot.quiet(playground)
    assert len(await playground.tickets_of(ts)) == 1


async def test_switched_off_socket_mode_stops_the_bot_with_a_clear_sentence(
    playground: Playground, make_bot: MakeBot
) -> None:
    bot = make_bot()
    await bot.start()
    await playground.person("disconnect", reason="link_disabled")
    assert bot.process is not None
    async with asyncio.timeout(60):
        assert await bot.process.wait() == 2
    assert "Socket Mode is switched off" in last_line(bot)
    assert "Traceback" not in bot.log()


async def test_revoked_token_stops_the_work_but_loses_none(
    playground: Playground, make_bot: MakeBot
) -> None:
    bot = make_bot()
    await bot.start()
    ts = await playground.say(BEN, "Token revoked in between")
    await playground.slack_faults(revoked=True)
    await playground.react(OLIVIA, ts)
    await eventually(lambda: acknowledged(playground), what="the event to be acknowledged")
    await playground.slack_faults(revoked=False)
    await playground.ticket(ts)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_what_slack_gave_up_telling_while_the_bot_was_away_is_made_up_for_after_its_start(
    playground: Playground, make_bot: MakeBot, database: str
) -> None:
    bot = make_bot(database)
    await bot.start()
    known = await playground.say(BEN, "Filed before the bot went away")
    await playground.react(OLIVIA, known)
    await playground.ticket(known)
    await bot.quiet(playground)
    assert await bot.stop() == 0
    await playground.slack_faults(redeliver_after=[], ack_deadline=0.1)
    missed = await playground.say(BEN, "Reported while the bot was away")
    await playground.react(OLIVIA, missed)
    await playground.react(OLIVIA, known, "white_check_mark")
    await eventually(lambda: given_up(playground), what="Slack to give up")
    await playground.calm()
    await bot.start()
    await playground.ticket(missed)
    await playground.card_saying(known, "Resolved by <@U0OLIVIA>")
    await bot.quiet(playground)
    assert len(await playground.tickets_of(missed)) == 1


async def given_up(playground: Playground) -> bool:
    """Nothing of what happened is still on its way."""
    return await playground.unacknowledged() == 0
