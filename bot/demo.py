"""`regulars demo`: the real bot against an emulated Slack and Gorgias and a sample shop.

Everything lives in `DATA_DIR/demo` and is kept until `--reset`. The playground is a process of its
own, spoken to over HTTP only, and the bot is started the way an operator starts it.
"""

import argparse
import asyncio
import csv
import json
import os
import shutil
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bot.lock import InUseError, hold
from bot.settings import load_settings

SLACK_PORT, GORGIAS_PORT, MARKETING_PORT, HTTP_PORT = 8090, 8091, 8092, 8080
START_SECONDS = 60
STOP_SECONDS = 25
TYPICAL_ORDERS = range(4, 12)
ALREADY_RUNNING = (
    "The demo is already running here. Stop it with Ctrl-C where it runs, then try again."
)
ACCOUNT = {
    "SLACK_BOT_TOKEN": "xoxb-playground",
    "SLACK_APP_TOKEN": "xapp-playground",
    "GORGIAS_USERNAME": "bot@playground.test",
    "GORGIAS_API_KEY": "playground-key",
    "KLAVIYO_API_KEY": "pk_playground",
    "SHOPIFY_ACCESS_TOKEN": "shpat_playground",
    "GORGIAS_POLL_SECONDS": "2",
    "SHOP_CURRENCY": "GBP",
    "SHOP_TIME_ZONE": "Europe/London",
    "SHOP_COUNTRY": "GB",
    "LOG_LEVEL": "WARNING",
}


@dataclass(frozen=True, slots=True)
class Regular:
    """A customer of the sample shop that the page suggests to look up."""

    name: str
    email: str


class DemoFailedError(Exception):
    """A part of the demo did not start; the message says which and where its log is."""


def add_demo_command(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `demo` to the command line."""
    parser = subparsers.add_parser("demo", help="try it: emulated Slack and Gorgias, sample shop")
    parser.add_argument("--reset", action="store_true", help="forget the demo so far")
    parser.set_defaults(act=_demo)


def _demo(parsed: argparse.Namespace) -> int:
    folder = load_settings(require_slack=False).data_dir.resolve() / "demo"
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with hold(folder.with_suffix(".lock"), ALREADY_RUNNING):
            if parsed.reset and folder.exists():
                shutil.rmtree(folder)
            folder.mkdir(exist_ok=True)
            return asyncio.run(_run(folder))
    except (DemoFailedError, InUseError) as problem:
        _say(str(problem))
        return 1


async def _run(folder: Path) -> int:
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    is_new = not (folder / "ready").exists()
    regulars = await _sample_shop(folder)
    playground, addresses = await _start_playground(folder, regulars)
    environment = _environment(folder, addresses)
    bot: Process | None = None
    try:
        if is_new:
            await _import(folder, environment)
            await _first_messages(addresses["slack"], regulars)
            (folder / "ready").touch()
        # Taken only now: preparing takes long enough for another program to want the same port.
        port = {"HTTP_PORT": str(_free_port(HTTP_PORT))}
        bot = await _start_bot(folder, {**environment, **port})
        _say(f"\n  Regulars is running. Open  {addresses['slack']}\n")
        _say("  Ctrl-C stops it and keeps what you did; `make demo RESET=1` starts afresh.\n")
        ended = asyncio.create_task(bot.wait())
        asked = asyncio.create_task(stopping.wait())
        await asyncio.wait([ended, asked], return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if ended.done():
            raise DemoFailedError(f"The bot stopped by itself; see {folder / 'bot.log'}.")
    finally:
        for process in filter(None, (bot, playground)):
            await _stop(process)
    return 0


async def _sample_shop(folder: Path) -> list[Regular]:
    """Write the shop's exports once, and pick customers worth looking at."""
    orders, customers = folder / "orders.csv", folder / "customers.csv"
    if not customers.exists():
        _say("Preparing the sample shop (a year of real trade with invented names) …")
        partial = customers.with_suffix(".partial")
        await _must_run(
            folder,
            os.environ,
            *("bot.playground.shop", "--out", str(orders), "--customers", str(partial)),
        )
        partial.replace(customers)
    with customers.open(encoding="utf-8", newline="") as file:
        found = [
            Regular(f"{row['First Name']} {row['Last Name']}", row["Email"])
            for row in csv.DictReader(file)
            if row["Email"] and int(row["Total Orders"] or 0) in TYPICAL_ORDERS
        ]
    return found[:3]


async def _start_playground(
    folder: Path,
    regulars: list[Regular],
) -> tuple[Process, dict[str, str]]:
    hints = [word for regular in regulars for word in ("--hint", regular.email)]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot.playground", "--state", str(folder / "playground"), *hints),
        *("--slack-port", str(_free_port(SLACK_PORT))),
        *("--gorgias-port", str(_free_port(GORGIAS_PORT))),
        *("--marketing-port", str(_free_port(MARKETING_PORT))),
        *("--customers", str(folder / "customers.csv")),
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is ours to hand on, in order
    )
    if process.stdout is None:
        raise DemoFailedError("The playground has no output.")
    line = await asyncio.wait_for(process.stdout.readline(), START_SECONDS)
    if not line:
        raise DemoFailedError("The playground did not start.")
    return process, json.loads(line)


def _environment(folder: Path, addresses: Mapping[str, str]) -> dict[str, str]:
    return {
        **os.environ,
        **ACCOUNT,
        "SLACK_API_URL": f"{addresses['slack']}/api/",
        "GORGIAS_BASE_URL": addresses["gorgias"],
        "KLAVIYO_API_URL": addresses["marketing"],
        "SHOPIFY_SHOP": addresses["marketing"],
        "DATABASE_URL": f"sqlite:///{folder / 'regulars.db'}",
        "DATA_DIR": str(folder),
    }


async def _import(folder: Path, environment: Mapping[str, str]) -> None:
    _say("Importing its customers and orders …")
    for name in ("customers.csv", "orders.csv"):
        await _must_run(folder, environment, "bot", "import", str(folder / name))


async def _start_bot(folder: Path, environment: Mapping[str, str]) -> Process:
    log = folder / "bot.log"
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "bot", "run"),
            env=dict(environment),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    ready = f"http://127.0.0.1:{environment['HTTP_PORT']}/health/ready"
    async with httpx.AsyncClient(timeout=3) as http:
        for _ in range(START_SECONDS * 10):
            if process.returncode is not None:
                raise DemoFailedError(f"The bot did not start; see {log}.")
            with suppress(httpx.TransportError):
                if (await http.get(ready)).is_success:
                    return process
            await asyncio.sleep(0.1)
    await _stop(process)
    raise DemoFailedError(f"The bot did not get ready within a minute; see {log}.")


async def _first_messages(slack: str, regulars: list[Regular]) -> None:
    """Leave something in the channels to react to."""
    first, second, *_ = regulars
    async with httpx.AsyncClient(base_url=slack, timeout=10) as http:
        root = await _post(
            http,
            "U0MAYA",
            "C0SUPPORT",
            f"{first.name} ({first.email}) says her parcel arrived broken and she is furious.",
        )
        await _post(http, "U0BEN", "C0SUPPORT", "I asked her for a photo.", thread_ts=root)
        await _post(
            http,
            "U0BEN",
            "C0SUPPORT",
            f"Refund for {second.email} is still open, third mail this week.",
        )
        await _post(http, "U0OLIVIA", "C0ORDERS", "Somebody rang about a late order, no name.")


async def _post(http: httpx.AsyncClient, user: str, channel: str, text: str, **more: str) -> str:
    body: dict[str, Any] = {"user": user, "channel": channel, "text": text, **more}
    answer = await http.post("/play/slack/messages", json=body)
    answer.raise_for_status()
    return str(answer.json()["ts"])


async def _must_run(folder: Path, environment: Mapping[str, str], *module: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", *module),
        env=dict(environment),
        stdout=asyncio.subprocess.DEVNULL,
        cwd=folder,
    )
    if await process.wait() != 0:
        raise DemoFailedError(f"`{' '.join(module[:2])}` failed; see above.")


async def _stop(process: Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()


def _free_port(wanted: int) -> int:
    """Return the wanted port, or 0 for any free one if somebody else has it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.close()
            return _any_port()
    return wanted


def _any_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - for the person at the terminal
