"""Drives a real bot process against the emulated Slack and Gorgias, over HTTP only.

The one thing read from the inside is whether any job is still to be done, so that a test can say
"and nothing more happened" without sleeping.
"""

import asyncio
import json
import os
import signal
import socket
import ssl
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx

from services.ticket_mirror import jobs as ticket_mirror_jobs
from storage.database import Database, is_unavailable
from storage.jobs import Ledger
from storage.pools import PoolSizes

ROOT = Path(__file__).parents[2]
START_SECONDS = 120
QUICK = {
    "GORGIAS_CALLS_PER_SECOND": "200",
    "GORGIAS_CALL_BURST": "50",
    "GORGIAS_SETTLE_SECONDS": "2",
    "GORGIAS_SETTLE_SHORT_SECONDS": "1",
    "SLACK_POSTS_PER_SECOND": "100",
    "LEASE_SECONDS": "3",
    "GORGIAS_POLL_SECONDS": "1",
}
"""Budgets of a test; a shop's are slower."""

OLIVIA, BEN, MAYA, GUS, EVE = "U0OLIVIA", "U0BEN", "U0MAYA", "U0GUS", "U0EVE"
BOT = "U0BOT"
SUPPORT, ORDERS, VIP, SHARED = "C0SUPPORT", "C0ORDERS", "C0VIP", "C0SHARED"

CALM_SLACK: dict[str, Any] = {
    "deliver_times": 1,
    "redeliver_after": [0.5, 2.0, 5.0, 10.0, 20.0],
    "ack_deadline": 3.0,
    "drop_delivery": 0.0,
    "socket_silent": False,
    "refuse_sockets": 0,
    "spent_tickets": 0,
    "fail": {},
    "http_status": {},
    "ratelimit": {},
    "lose_reply": {},
    "latency_ms": 0,
    "revoked": False,
    "posts_per_second": 1000.0,
    "tier_scale": 1000.0,
}
CALM_GORGIAS: dict[str, Any] = {
    "down": False,
    "refuse": False,
    "slow_ms": 0,
    "rate_limited": False,
    "error_rate": 0.0,
    "lose_reply_rate": 0.0,
    "late_commit_rate": 0.0,
    "late_commit_seconds": 1.0,
    "list_lag_seconds": 0.0,
    "writes_only": True,
    "wrong_key": False,
    "read_only": False,
    "customer_required": False,
    "limit": 100_000,
}
"""No faults, and no rate limits that a test could reach."""

NOT_NOW = {"ticket.audit", "outage.tell", "nightly", "campaign.results", *ticket_mirror_jobs.KINDS}
"""Jobs that wait for their hour, or come round for ever, and hold nothing up."""

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody: all of this is plain HTTP, and reading certificates takes longer than a call."""

Json = dict[str, Any]
Jobs = dict[tuple[str, str], int]
"""How many there are of a kind and state."""

Seen = TypeVar("Seen")


@dataclass
class Playground:
    """The emulated Slack, Gorgias, Klaviyo and Shopify, and what people do there."""

    process: asyncio.subprocess.Process
    slack_url: str
    gorgias_url: str
    marketing_url: str
    http: httpx.AsyncClient

    @classmethod
    async def start(cls, state: Path | None = None) -> Self:
        command = [sys.executable, "-m", "bot.playground", "--slack-port", "0", "--gorgias-port"]
        command += ["0", "--marketing-port", "0", *(["--state", str(state)] if state else [])]
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            urls = json.loads(await process.stdout.readline())
        http = httpx.AsyncClient(timeout=20, verify=NO_TLS)
        playground = cls(process, urls["slack"], urls["gorgias"], urls["marketing"], http)
        await playground.calm()
        return playground

    async def stop(self) -> None:
        await self.http.aclose()
        await terminate(self.process)

    async def calm(self) -> None:
        """Switch every fault off."""
        await self.slack_faults(**CALM_SLACK)
        await self.gorgias_faults(**CALM_GORGIAS)

    async def person(self, action: str, **body: object) -> Json:
        return await self._post(f"{self.slack_url}/play/slack/{action}", body)

    async def say(self, user: str, text: str, channel: str = SUPPORT, **more: object) -> str:
        said = await self.person("messages", user=user, channel=channel, text=text, **more)
        return str(said["ts"])

    async def react(self, user: str, ts: str, name: str = "ticket", channel: str = SUPPORT) -> None:
        await self.person("react", user=user, channel=channel, ts=ts, name=name)

    async def unreact(
        self, user: str, ts: str, name: str = "ticket", channel: str = SUPPORT
    ) -> None:
        await self.person("unreact", user=user, channel=channel, ts=ts, name=name)

    async def click(
        self, user: str, ts: str, action_id: str, channel: str = SUPPORT, **more: object
    ) -> None:
        await self.person("click", user=user, channel=channel, ts=ts, action_id=action_id, **more)

    async def command(self, user: str, command: str, text: str, channel: str = SUPPORT) -> None:
        await self.person("command", user=user, channel=channel, command=command, text=text)

    async def slack_faults(self, **faults: object) -> None:
        await self._post(f"{self.slack_url}/play/slack/faults", faults)

    async def gorgias_faults(self, **faults: object) -> None:
        await self._post(f"{self.gorgias_url}/play/gorgias/faults", faults)

    async def marketing_faults(self, **faults: object) -> None:
        await self._post(f"{self.marketing_url}/play/marketing/faults", faults)

    async def marketing(self, what: str) -> Json:
        """Ask the emulated Klaviyo and Shopify for `state`, `tags`, `log` or a list's members."""
        return await self._get(f"{self.marketing_url}/play/marketing/{what}", {})

    async def agent(self, action: str, **body: object) -> Json:
        return await self._post(f"{self.gorgias_url}/play/gorgias/{action}", body)

    async def slack_state(self, viewer: str | None = None) -> Json:
        params = {"viewer": viewer} if viewer else {}
        return await self._get(f"{self.slack_url}/play/slack/state", params)

    async def slack_log(self) -> Json:
        return await self._get(f"{self.slack_url}/play/slack/log", {})

    async def gorgias_state(self) -> Json:
        return await self._get(f"{self.gorgias_url}/play/gorgias/state", {})

    async def gorgias_log(self) -> Json:
        return await self._get(f"{self.gorgias_url}/play/gorgias/log", {})

    async def tickets(self) -> list[Json]:
        """Tickets that are not in the trash."""
        return [t for t in (await self.gorgias_state())["tickets"] if not t["trashed_datetime"]]

    async def tickets_of(
        self, root_ts: str, channel: str = SUPPORT, *, trashed: bool = False
    ) -> list[Json]:
        """Tickets made from this thread; by default those that are not in the trash."""
        external_id = f"slack:T0PLAY:{channel}:{root_ts}"
        return [
            ticket
            for ticket in (await self.gorgias_state())["tickets"]
            if ticket["external_id"] == external_id and bool(ticket["trashed_datetime"]) is trashed
        ]

    async def ticket(self, root_ts: str, channel: str = SUPPORT) -> Json:
        """Wait for the ticket of this thread and for its card; there must be one of each."""

        async def shown() -> bool:
            return any("Ticket" in card["text"] for card in await self.cards(root_ts, channel))

        await eventually(shown, what=f"the card of {root_ts}")
        (ticket,) = await self.tickets_of(root_ts, channel)
        await self.card(root_ts, channel)
        return ticket

    async def card(self, root_ts: str, channel: str = SUPPORT) -> Json:
        """The only card of this thread."""
        (card,) = await self.cards(root_ts, channel)
        return card

    async def card_saying(self, root_ts: str, words: str, channel: str = SUPPORT) -> Json:
        """Wait until the only card of this thread holds `words`."""

        async def saying() -> list[Json]:
            cards = await self.cards(root_ts, channel)
            return cards if len(cards) == 1 and words in str(cards[0]) else []

        (card,) = await eventually(saying, what=f"a card saying {words!r}")
        return card

    async def status_of(self, root_ts: str, status: str, channel: str = SUPPORT) -> Json:
        """Wait until the ticket of this thread has this status."""

        async def having() -> list[Json]:
            tickets = await self.tickets_of(root_ts, channel)
            return [ticket for ticket in tickets if ticket["status"] == status]

        (ticket,) = await eventually(having, what=f"the ticket to be {status}")
        return ticket

    async def unacknowledged(self) -> int:
        """Envelopes that may still be delivered again."""
        last: dict[str, Json] = {}
        for delivery in (await self.slack_log())["deliveries"]:
            last[delivery["envelope_id"]] = delivery
        return sum(each["outcome"] not in {"acked", "lost"} for each in last.values())

    async def messages(self, channel: str = SUPPORT, viewer: str | None = None) -> list[Json]:
        return list((await self.slack_state(viewer))["messages"].get(channel, []))

    async def message(self, ts: str, channel: str = SUPPORT) -> Json:
        return next(m for m in await self.messages(channel) if m["ts"] == ts)

    async def cards(self, root_ts: str, channel: str = SUPPORT) -> list[Json]:
        """What the bot posted into a thread for everybody to see."""
        return [
            m
            for m in await self.messages(channel)
            if m.get("thread_ts") == root_ts and m["user"] == BOT and not m["ephemeral"]
        ]

    async def direct_messages(self, user: str) -> list[Json]:
        """What the bot wrote to this person alone."""
        state = await self.slack_state()
        rooms = [c["id"] for c in state["channels"] if c["is_im"] and user in c["members"]]
        return [m for room in rooms for m in state["messages"][room] if m["user"] == BOT]

    async def whispers(self, user: str, channel: str = SUPPORT) -> list[Json]:
        """What only this person sees."""
        return [m for m in await self.messages(channel, user) if m["ephemeral"]]

    async def marks(self, ts: str, channel: str = SUPPORT) -> set[str]:
        """The bot's own reactions on a message."""
        message = await self.message(ts, channel)
        return {r["name"] for r in message["reactions"] if BOT in r["users"]}

    async def _post(self, url: str, body: Mapping[str, Any]) -> Json:
        answer = await self.http.post(url, json=dict(body))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def _get(self, url: str, params: Mapping[str, str]) -> Json:
        answer = await self.http.get(url, params=dict(params))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@dataclass
class Bot:
    """A bot process, started the way an operator starts it."""

    environment: dict[str, str]
    log_file: Path
    port: int = 0
    process: asyncio.subprocess.Process | None = None
    starts: int = field(default=0)
    role: str = "all"

    async def start(self, *, ready: bool = True) -> None:
        with self.log_file.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                "run",
                "--role",
                self.role,
                cwd=self.environment["DATA_DIR"],
                env=self.environment,
                stderr=log,
                stdout=log,
            )
        self.starts += 1
        if ready:
            await self.wait_ready()

    async def wait_ready(self) -> None:
        await eventually(self.is_ready, seconds=START_SECONDS, what="the bot to be ready")

    async def is_ready(self) -> bool:
        return await self.status("/health/ready") == 200

    async def quiet(self, playground: Playground, seconds: float = 30) -> None:
        """Wait until every envelope is acknowledged and every job done."""

        database = self._database()

        async def nothing_left() -> bool:
            return await playground.unacknowledged() == 0 and not await open_jobs(database)

        try:
            await eventually(nothing_left, seconds=seconds, what="quiet")
        finally:
            await database.close()

    async def open_jobs(self) -> Jobs:
        """Jobs that are to be done now, or failed for good."""
        database = self._database()
        try:
            return await open_jobs(database)
        finally:
            await database.close()

    def _database(self) -> Database:
        return Database(self.environment["DATABASE_URL"], pools=PoolSizes(work=1))

    async def status(self, path: str) -> int | None:
        try:
            async with httpx.AsyncClient(timeout=3, verify=NO_TLS) as http:
                url = f"http://127.0.0.1:{self.environment['HTTP_PORT']}{path}"
                return (await http.get(url)).status_code
        except httpx.TransportError:
            return None

    async def die(self) -> None:
        """SIGKILL."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def stop(self) -> int | None:
        """SIGTERM; returns the exit code."""
        return None if self.process is None else await terminate(self.process)

    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8") if self.log_file.exists() else ""


async def open_jobs(database: Database) -> Jobs:
    try:
        counts = await Ledger(database).counts()
    except Exception as error:
        if not is_unavailable(error):
            raise
        return {("unknown", type(error).__name__): 1}
    return {each: n for each, n in counts.items() if each[0] not in NOT_NOW}


def environment(
    playground: Playground, database_url: str, data_dir: Path, port: int, **more: str
) -> dict[str, str]:
    """What an operator would put into `.env`, and nothing of the test runner's own."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "SLACK_BOT_TOKEN": "xoxb-playground",
        "SLACK_APP_TOKEN": "xapp-playground",
        "SLACK_API_URL": f"{playground.slack_url}/api/",
        "GORGIAS_BASE_URL": playground.gorgias_url,
        "GORGIAS_USERNAME": "bot@playground.test",
        "GORGIAS_API_KEY": "playground-key",
        "DATABASE_URL": database_url,
        "DATA_DIR": str(data_dir),
        "HTTP_PORT": str(port),
        "SHOP_CURRENCY": "GBP",
        "SHOP_TIME_ZONE": "Europe/London",
        "SHOP_COUNTRY": "GB",
        "LOG_FORMAT": "json",
        **QUICK,
        **more,
    }


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


async def terminate(process: asyncio.subprocess.Process) -> int | None:
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(30):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
    return process.returncode


async def eventually(
    check: Callable[[], Awaitable[Seen]],
    *,
    seconds: float = 40,
    what: str = "it",
) -> Seen:
    """Wait until `check` gives something true, and return that; ask less often as time goes by."""
    last: Seen | None = None
    pause = 0.05
    try:
        async with asyncio.timeout(seconds):
            while not (last := await check()):
                await asyncio.sleep(pause)
                pause = min(pause * 1.2, 0.4)
    except TimeoutError:
        raise AssertionError(f"Waited {seconds} s for {what}; last seen: {last!r}") from None
    return last
