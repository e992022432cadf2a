"""Drives a real bot process against the emulated Slack and Gorgias, over HTTP only."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx

ROOT = Path(__file__).parents[2]
START_SECONDS = 60
QUICK = {
    "GORGIAS_CALLS_PER_SECOND": "200",
    "GORGIAS_CALL_BURST": "50",
    "GORGIAS_SETTLE_SECONDS": "2",
    "GORGIAS_SETTLE_SHORT_SECONDS": "1",
    "SLACK_POSTS_PER_SECOND": "100",
    "LEASE_SECONDS": "3",
}
"""Budgets of a test; a shop's are slower."""

OLIVIA, BEN, MAYA, GUS, EVE = "U0OLIVIA", "U0BEN", "U0MAYA", "U0GUS", "U0EVE"
BOT = "U0BOT"
SUPPORT, ORDERS, VIP, SHARED = "C0SUPPORT", "C0ORDERS", "C0VIP", "C0SHARED"

Json = dict[str, Any]


@dataclass
class Playground:
    """The emulated Slack and Gorgias, and what people do there."""

    process: asyncio.subprocess.Process
    slack_url: str
    gorgias_url: str
    http: httpx.AsyncClient

    @classmethod
    async def start(cls, state: Path | None = None) -> Self:
        command = [sys.executable, "-m", "bot.playground", "--slack-port", "0", "--gorgias-port"]
        command += ["0", *(["--state", str(state)] if state else [])]
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            urls = json.loads(await process.stdout.readline())
        http = httpx.AsyncClient(timeout=20)
        playground = cls(process, urls["slack"], urls["gorgias"], http)
        await playground.slack_faults(posts_per_second=1000)
        await playground.gorgias_faults(limit=100_000)
        return playground

    async def stop(self) -> None:
        await self.http.aclose()
        await terminate(self.process)

    async def person(self, action: str, **body: Any) -> Json:
        return await self._post(f"{self.slack_url}/play/slack/{action}", body)

    async def say(self, user: str, text: str, channel: str = SUPPORT, **more: Any) -> str:
        said = await self.person("messages", user=user, channel=channel, text=text, **more)
        return str(said["ts"])

    async def react(self, user: str, ts: str, name: str = "ticket", channel: str = SUPPORT) -> None:
        await self.person("react", user=user, channel=channel, ts=ts, name=name)

    async def unreact(
        self, user: str, ts: str, name: str = "ticket", channel: str = SUPPORT
    ) -> None:
        await self.person("unreact", user=user, channel=channel, ts=ts, name=name)

    async def slack_faults(self, **faults: Any) -> None:
        await self._post(f"{self.slack_url}/play/slack/faults", faults)

    async def gorgias_faults(self, **faults: Any) -> None:
        await self._post(f"{self.gorgias_url}/play/gorgias/faults", faults)

    async def agent(self, action: str, **body: Any) -> Json:
        return await self._post(f"{self.gorgias_url}/play/gorgias/{action}", body)

    async def slack_state(self, viewer: str | None = None) -> Json:
        params = {"viewer": viewer} if viewer else {}
        return await self._get(f"{self.slack_url}/play/slack/state", params)

    async def slack_log(self) -> Json:
        return await self._get(f"{self.slack_url}/play/slack/log", {})

    async def gorgias_state(self) -> Json:
        return await self._get(f"{self.gorgias_url}/play/gorgias/state", {})

    async def tickets(self) -> list[Json]:
        """Tickets that are not in the trash."""
        return [t for t in (await self.gorgias_state())["tickets"] if not t["trashed_datetime"]]

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

    async def start(self, *, ready: bool = True) -> None:
        with self.log_file.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run",
                cwd=self.environment["DATA_DIR"], env=self.environment, stderr=log, stdout=log,
            )
        self.starts += 1
        if ready:
            await self.wait_ready()

    async def wait_ready(self) -> None:
        await eventually(self.is_ready, seconds=START_SECONDS, what="the bot to be ready")

    async def is_ready(self) -> bool:
        return await self.status("/health/ready") == 200

    async def status(self, path: str) -> int | None:
        try:
            async with httpx.AsyncClient(timeout=3) as http:
                url = f"http://127.0.0.1:{self.environment['HTTP_PORT']}{path}"
                return (await http.get(url)).status_code
        except httpx.TransportError:
            return None

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()

    async def stop(self) -> int | None:
        """SIGTERM; returns the exit code."""
        return None if self.process is None else await terminate(self.process)

    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8") if self.log_file.exists() else ""


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
    check: Callable[[], Awaitable[Any]],
    *,
    seconds: float = 20,
    what: str = "it",
) -> Any:
    """Wait until `check` gives something true, and return that."""
    last: Any = None
    try:
        async with asyncio.timeout(seconds):
            while True:
                last = await check()
                if last:
                    return last
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"Waited {seconds} s for {what}; last seen: {last!r}") from None
