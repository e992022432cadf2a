"""The bot's own parts, wired as in production, in front of both emulators in this process."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bot import identity
from bot.playground.gorgias import GorgiasEmulator
from bot.playground.marketing import MarketingEmulator
from bot.playground.slack import SlackEmulator
from bot.settings import Settings
from bot.wiring import Parts, open_parts
from bot.worker import Worker
from services.tickets.intake import ReactionAct
from storage import links
from storage.links import Link

SUPPORT = "C0SUPPORT"
OLIVIA, BEN, MAYA, GUS, BOT = "U0OLIVIA", "U0BEN", "U0MAYA", "U0GUS", "U0BOT"

Json = dict[str, Any]


@dataclass
class Wired:
    """Parts, emulators, and what people do in Slack."""

    parts: Parts
    slack: SlackEmulator
    gorgias: GorgiasEmulator
    marketing: MarketingEmulator
    http: aiohttp.ClientSession
    slack_url: str

    async def person(self, action: str, **body: object) -> Json:
        url = f"{self.slack_url}/play/slack/{action}"
        async with self.http.post(url, json=body) as response:
            answer: Json = await response.json()
            assert answer["ok"], answer
            return answer

    async def say(self, text: str, user: str = BEN, channel: str = SUPPORT, **more: object) -> str:
        said = await self.person("messages", user=user, channel=channel, text=text, **more)
        return str(said["ts"])

    async def messages(self, channel: str = SUPPORT) -> list[Json]:
        async with self.http.get(f"{self.slack_url}/play/slack/state") as response:
            return list((await response.json())["messages"].get(channel, []))

    async def cards(self, root_ts: str) -> list[Json]:
        return [
            message
            for message in await self.messages()
            if message.get("thread_ts") == root_ts and message["user"] == BOT
        ]

    async def react(self, ts: str, act: str = "ticket", *, user: str = OLIVIA) -> None:
        """Store what Slack would tell of a reaction that somebody adds."""
        emoji = {"ticket": "ticket", "resolve": "white_check_mark"}[act]
        stored = ReactionAct("T0", SUPPORT, ts, act, emoji, user, True, f"{time.time():.6f}")
        await self.parts.services.intake.reaction(stored, "test")

    async def link(self, root_ts: str) -> Link:
        async with self.parts.database.read() as connection:
            found = await links.find(connection, SUPPORT, root_ts)
            assert found is not None
            return found

    def tickets(self) -> list[Json]:
        """Tickets that are not in the trash."""
        found = self.gorgias.desk.tickets.values()
        return [ticket for ticket in found if not ticket["trashed_datetime"]]

    def gorgias_faults(self, **faults: object) -> None:
        self.gorgias.faults.merge(faults)
        switches = self.gorgias.faults.switches
        self.gorgias.gate.bucket.resize(switches.limit, switches.window)

    async def work(self) -> None:
        """Run jobs one after the other until none is due."""
        worker = Worker(
            self.parts.ledger, self.parts.job_runners, 1, lambda _kind, _outcome: None, lambda: 0.0
        )
        while claimed := await self.parts.ledger.claim(worker.owner, 1):
            await worker._run(claimed[0])

    async def work_until(self, check: Callable[[], Awaitable[bool]]) -> None:
        """Run jobs, also those that become due meanwhile, until something is so."""
        async with asyncio.timeout(30):
            await self.work()
            while not await check():
                await asyncio.sleep(0.05)
                await self.work()


def settings_of(database_url: str, slack_url: str, gorgias_url: str, **more: Any) -> Settings:  # noqa: ANN401 - options
    """An operator's options with the budgets of a test."""
    options: Json = {
        "slack_bot_token": SecretStr("xoxb-playground"),
        "slack_app_token": SecretStr("xapp-playground"),
        "slack_api_url": f"{slack_url}/api/",
        "gorgias_base_url": gorgias_url,
        "gorgias_username": "bot@playground.test",
        "gorgias_api_key": SecretStr("playground-key"),
        "gorgias_calls_per_second": 200,
        "gorgias_call_burst": 50,
        "gorgias_settle_seconds": 0.2,
        "gorgias_settle_short_seconds": 0.1,
        "slack_posts_per_second": 100,
        "database_url": database_url,
    }
    return Settings(**{**options, **more})


@asynccontextmanager
async def open_wired(database_url: str, **options: Any) -> AsyncIterator[Wired]:  # noqa: ANN401 - options
    slack, gorgias, marketing = SlackEmulator(), GorgiasEmulator(), MarketingEmulator()
    async with AsyncExitStack() as stack:
        slack_server = await stack.enter_async_context(TestServer(slack.make_app()))
        gorgias_server = await stack.enter_async_context(TestServer(gorgias.make_app()))
        marketing_server = await stack.enter_async_context(TestServer(marketing.make_app()))
        urls = [
            str(server.make_url("")).rstrip("/")
            for server in (slack_server, gorgias_server, marketing_server)
        ]
        http = await stack.enter_async_context(aiohttp.ClientSession())
        accounts = {"klaviyo_api_url": urls[2], "shopify_shop": urls[2]}
        settings = settings_of(database_url, urls[0], urls[1], **{**accounts, **options})
        parts = await stack.enter_async_context(open_parts(settings))
        wired = Wired(parts, slack, gorgias, marketing, http, urls[0])
        slack.slack.faults.merge({"posts_per_second": 1000.0})
        wired.gorgias_faults(limit=100_000)
        assert await identity.ask_slack(parts.slack, parts.bot)
        yield wired
