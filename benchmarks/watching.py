"""Who waits while something large is computed, how much memory it takes, and how much CPU.

Jobs are stored as an envelope's acknowledgement stores them, thirty a second, in the same process
and event loop. Memory is the sum of what the bot's process and the processes that compute hold at
the same moment.
"""

import asyncio
import contextlib
import multiprocessing
import os
import statistics
import time
from collections import defaultdict
from pathlib import Path

from storage.database import Database, Lane
from storage.jobs import Ledger, NewJob

GOAL_MS = 50
ALONE = "alone"
RATE = 30


class Stages:
    """Which step a run is at, how long each took, and who waited meanwhile."""

    def __init__(self) -> None:
        self.current = ALONE
        self.seconds: dict[str, float] = defaultdict(float)
        self.waits: dict[str, list[float]] = defaultdict(list)
        self._since = time.perf_counter()

    def __call__(self, what: str, _share: float = 0.0) -> None:
        now = time.perf_counter()
        self.seconds[self.current] += now - self._since
        self.current, self._since = what, now

    def show(self) -> None:
        print(f"  {'':<38} seconds | storing an envelope: median, p99, slowest ms, times")
        for what, waits in self.waits.items():
            _show(what, self.seconds[what], waits)
        during = [what for what in self.waits if what != ALONE]
        _show(
            "the whole run",
            sum(self.seconds[what] for what in during),
            [wait for what in during for wait in self.waits[what]],
        )


def _show(what: str, seconds: float, waits: list[float]) -> None:
    p99 = statistics.quantiles(waits, n=100, method="inclusive")[98] if waits[1:] else waits[0]
    print(
        f"  {what:<38} {seconds:7.1f} | {statistics.median(waits):6.1f} "
        f"{p99:7.1f} {max(waits):7.1f} {len(waits):5}   goal p99 < {GOAL_MS} ms"
    )


async def acknowledgements(database: Database, stages: Stages) -> None:
    """Store jobs as an envelope's acknowledgement does, until cancelled; milliseconds by step.

    Each is timed from when it was due, so that a late event loop counts.
    """
    ledger = Ledger(database)
    due = time.perf_counter()
    while True:
        await asyncio.sleep(max(due - time.perf_counter(), 0))
        job = NewJob("benchmark", f"{time.time()}", payload={})
        async with database.transaction(Lane.INTAKE) as connection:
            await ledger.enqueue(connection, job)
        stages.waits[stages.current].append((time.perf_counter() - due) * 1000)
        # An envelope that came late is not a reason for the next ones to come early.
        due = max(due + 1 / RATE, time.perf_counter() - 1 / RATE)


async def peak_megabytes() -> float:
    """Watch the memory of this process and its children until cancelled."""
    peak = 0.0
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            peak = max(peak, await asyncio.to_thread(_all_megabytes))
            await asyncio.sleep(1)
    return peak


def children() -> list[str]:
    return [str(child.pid) for child in multiprocessing.active_children()]


def _all_megabytes() -> float:
    return sum(map(_megabytes, ["self", *children()]))


def cpu_seconds(process: str) -> float:
    ticks = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK")


def _megabytes(process: str) -> float:
    """Memory of a process, what it shares with others divided among them."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0  # it has just ended
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
