"""Work that would hold up the bot's event loop runs in processes of its own.

Processes start when first needed and end when idle, so that a bot at rest stays small. What runs
in them is a module-level function with plain arguments; it does its own heavy imports. The bot
goes first: these processes have a lower priority and die with it.
"""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import ParamSpec, TypeVar

import structlog

from services.errors import UnavailableError

log = structlog.get_logger()

P = ParamSpec("P")
Result = TypeVar("Result")

NICENESS = 10


class BusyError(UnavailableError):
    """More calculations wait than anybody would wait for."""

    code = "busy"

    def __init__(self) -> None:
        super().__init__("Too many calculations are waiting; try again in a minute.")


class CalculationDiedError(UnavailableError):
    """The process died: killed from outside, mostly for lack of memory."""

    code = "calculation_died"

    def __init__(self) -> None:
        super().__init__(
            "A calculation was killed, probably for lack of memory; it can be tried again."
        )


class ProcessPool:
    """Runs functions in other processes. One belongs to one event loop."""

    def __init__(self, workers: int = 2, *, waiting: int = 16, idle_seconds: float = 60) -> None:
        self._workers = workers
        self._room = workers + waiting
        self._idle_seconds = idle_seconds
        self._executor: ProcessPoolExecutor | None = None
        self._calls = 0
        self._retirement: asyncio.TimerHandle | None = None

    async def run(self, function: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
        """Call `function` in another process; its exception is raised here.

        When the caller is cancelled, a call that has begun runs to its end unheard.
        """
        if self._calls >= self._room:
            raise BusyError
        if self._retirement:
            self._retirement.cancel()
        self._executor = self._executor or self._start()
        self._calls += 1
        try:
            future = self._executor.submit(function, *args, **kwargs)
            return await asyncio.wrap_future(future)
        except BrokenProcessPool as error:
            log.warning("pool.process_died", function=function.__name__)
            self.close()
            raise CalculationDiedError from error
        finally:
            self._calls -= 1
            if not self._calls:
                self._retire_later()

    def close(self) -> None:
        """End all processes now, whatever they do."""
        if self._retirement:
            self._retirement.cancel()
        executor, self._executor = self._executor, None
        if executor:
            # ProcessPoolExecutor.terminate_workers comes with Python 3.14.
            processes = list((executor._processes or {}).values())  # noqa: SLF001
            executor.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                process.terminate()

    def _start(self) -> ProcessPoolExecutor:
        # Not fork: this process has threads, and a fork would copy what they hold locked.
        return ProcessPoolExecutor(
            self._workers,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_prepare_process,
        )

    def _retire_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._retirement = loop.call_later(self._idle_seconds, self.close)


def _prepare_process() -> None:
    os.nice(NICENESS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    threading.Thread(target=_die_with_parent, daemon=True).start()


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os._exit(1)
