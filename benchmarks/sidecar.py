"""What the sidecar's watching and guarding costs, and what slow callers can do to others.

python -m benchmarks.sidecar

Yardstick: the same answer from a bare aiohttp application, in the same process and the same run,
without and with our observation (correlation id, figures, log), then from the whole sidecar with
its deadlines, headers and errors. Goals: observation costs at most 15 % of the throughput; with
200 slow connections the p99 of others stays below 2 x.
"""

import argparse
import asyncio
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

from aiohttp import web
from pydantic import SecretStr

from bot.logs import configure_logs
from bot.metrics import Metrics
from bot.precedence import Precedence
from bot.settings import Settings
from bot.sidecar.health import Health
from bot.sidecar.observed import ObservedConnection, observe
from bot.sidecar.server import Sidecar
from bot.wiring import open_parts
from storage.limits import Limits
from storage.migrate import upgrade

GOAL_COST, GOAL_RATIO, SLOW = 0.15, 2.0, 200
KEY = "benchmark-admin-key"
CALLERS = 8


async def serve(pipe: Pipe) -> None:
    """Run both servers until told to stop; first tells their ports."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'sidecar.db'}"
        await upgrade(url)
        settings = Settings(
            database_url=url,
            http_port=0,
            admin_key=SecretStr(KEY),
            api_calls_per_minute=1_000_000,
            api_address_calls_per_minute=1_000_000,
        )
        async with (
            open_parts(settings) as parts,
            bare_server() as bare_port,
            bare_server(parts.metrics) as observed_port,
        ):
            health = Health(parts.database, needs_sockets=False, silent_seconds=lambda: 0.0)
            limits, precedence = Limits(parts.database), Precedence()
            sidecar = Sidecar(settings, health, parts.metrics, parts.services, limits, precedence)
            await sidecar.start()
            pipe.send((bare_port, observed_port, sidecar.port))
            await asyncio.to_thread(pipe.recv)
            await sidecar.stop()


@asynccontextmanager
async def bare_server(watched_by: Metrics | None = None) -> AsyncIterator[int]:
    async def live(_request: web.Request) -> web.Response:
        return web.json_response({"status": "live"})

    app = web.Application()
    app.router.add_get("/health/live", live)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    server, loop = runner.server, asyncio.get_running_loop()
    assert server is not None
    protocol: Callable[[], web.RequestHandler] = server
    if watched_by is not None:
        observe(server)
        protocol = partial(ObservedConnection, server, watched_by, loop=loop)
    listening = await loop.create_server(protocol, "127.0.0.1", 0)
    yield int(listening.sockets[0].getsockname()[1])
    listening.close()
    await runner.cleanup()


async def call(port: int, path: str, seconds: float) -> list[float]:
    """Ask one after the other on one connection; return how long each took, in milliseconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\n\r\n".encode()
    took: list[float] = []
    end = time.perf_counter() + seconds
    while (started := time.perf_counter()) < end:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length))
        took.append((time.perf_counter() - started) * 1000)
    writer.close()
    return took


async def load(port: int, path: str, seconds: float) -> tuple[float, float]:
    """Return calls a second and the p99 in milliseconds."""
    taken = await asyncio.gather(*(call(port, path, seconds) for _ in range(CALLERS)))
    took = sorted(each for one in taken for each in one)
    return len(took) / seconds, took[int(len(took) * 0.99)]


async def dawdle(port: int) -> None:
    """Send a byte of a header each second, and begin again whenever that is cut off."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /health/live HTTP/1.1\r\nX: ")
            while not writer.is_closing():
                await asyncio.sleep(1)
                writer.write(b"x")
                await writer.drain()
        except OSError:
            await asyncio.sleep(0.1)


def cpu_seconds(process: int) -> float:
    """Read what a process has computed so far; other work on the machine does not change that."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(ports: tuple[int, int, int], process: int, rounds: int, seconds: float) -> None:
    bare, observed, own = ports
    rates: dict[int, list[float]] = {port: [] for port in ports}
    computed: dict[int, float] = dict.fromkeys(ports, 0.0)
    answers: dict[int, float] = dict.fromkeys(ports, 0.0)
    for port in ports:
        await load(port, "/health/live", 0.5)
    for _ in range(rounds):
        for port in ports:
            before = cpu_seconds(process)
            rates[port].append((await load(port, "/health/live", seconds))[0])
            computed[port] += cpu_seconds(process) - before
            answers[port] += rates[port][-1] * seconds
    each = {port: computed[port] / answers[port] * 1e6 for port in ports}
    medians = {port: statistics.median(values) for port, values in rates.items()}
    names = {bare: "bare aiohttp", observed: "observed", own: "the whole sidecar"}
    for port, name in names.items():
        print(
            f"{name:<18}{medians[port]:8,.0f} answers/s, {each[port]:5.0f} us of CPU each: "
            f"throughput of a whole core less by {1 - each[bare] / each[port]:.1%}"
        )
    print(f"goal for observed: at most {GOAL_COST:.0%}")
    for path in ("/health/live", "/admin/db/pool"):
        calm = [(await load(own, path, seconds))[1] for _ in range(rounds)]
        slow = [asyncio.create_task(dawdle(own)) for _ in range(SLOW)]
        await asyncio.sleep(1)
        harassed = [(await load(own, path, seconds))[1] for _ in range(rounds)]
        for dawdling in slow:
            dawdling.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        before, during = statistics.median(calm), statistics.median(harassed)
        print(
            f"p99 of {path:<15}{before:8.2f} ms alone, {during:.2f} ms beside {SLOW} slow "
            f"connections: {during / before:.2f} x  (goal below {GOAL_RATIO:.0f} x)"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    parsed = parser.parse_args()
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=run_server, args=(there,))
    server.start()
    try:
        ports: tuple[int, int, int] = here.recv()
        asyncio.run(measure(ports, server.pid or 0, parsed.rounds, parsed.seconds))
    finally:
        here.send("stop")
        server.join(10)
        server.kill()


def run_server(pipe: Pipe) -> None:
    configure_logs("INFO", "json")
    asyncio.run(serve(pipe))


if __name__ == "__main__":
    main()
