"""Runs the parts: sidecar, sockets, worker, schedules; and stops them in the right order."""

import asyncio
import errno
import os
import signal
import time
from collections.abc import Coroutine, Iterator
from datetime import UTC, datetime
from typing import Any

import structlog

from bot import identity
from bot.app import build_app
from bot.lock import InUseError
from bot.precedence import Precedence
from bot.roles import Role
from bot.sidecar.health import Health
from bot.sidecar.server import Sidecar
from bot.sockets import SocketObservers, Sockets
from bot.tables import DatabaseAwayError
from bot.watchdog import Watchdog
from bot.wiring import Parts
from bot.worker import Worker
from services.forecasts.jobs import compare_job
from services.partners.jobs import learn_job
from services.scoring.jobs import nightly_job
from services.ticket_mirror.jobs import standing_jobs
from services.tickets import repair
from storage import idempotency
from storage.database import Lane, is_not_let_in, is_unavailable
from storage.job_news import JobNews
from storage.jobs import Job, NewJob
from storage.limits import Limits
from storage.migrate import upgrade

log = structlog.get_logger()

NIGHTLY = "nightly"
GORGIAS_RETRY_SECONDS = 15
SCHEDULE_SECONDS = 60
GAP_SECONDS = 300
DATABASE_RETRY_SECONDS = 2
FIGURES_SECONDS = 10
HELPERS_END_SECONDS = 3


class Runner:
    """One process. `run` returns when told to stop; it raises what makes running vain."""

    def __init__(self, parts: Parts, role: Role = Role.ALL) -> None:
        settings, redis = parts.settings, parts.redis
        self._parts = parts
        self._role = role
        self._stopping = asyncio.Event()
        self._has_connected = False
        self._repairing: asyncio.Task[None] | None = None
        self._watchdog = Watchdog(parts.metrics.loop_lagged)
        self._health = Health(
            parts.database,
            needs_sockets=role.has_sockets,
            silent_seconds=self._watchdog.silent_seconds,
            refused_token=lambda: parts.token.refused,
            redis=None if redis is None else lambda: redis.is_up,
        )
        self._limits = Limits(parts.database)
        precedence = Precedence()
        self._sidecar = Sidecar(
            settings, self._health, parts.metrics, parts.services, self._limits, precedence
        )
        self._worker = Worker(
            parts.ledger,
            {**parts.job_runners, NIGHTLY: self._nightly},
            parts.settings.worker_concurrency,
            parts.metrics.job_ended,
            lambda: self._watchdog.lag,
            parts.settings.drain_seconds,
        )
        self._sockets = Sockets(
            app=build_app(parts.slack, parts.services, parts.inbox),
            client=parts.slack,
            app_token=parts.settings.slack_app_token.get_secret_value(),
            session=parts.session,
            count=parts.settings.slack_sockets,
            observers=SocketObservers(
                connected=self._sockets_connected,
                reconnected=parts.metrics.socket_reconnected,
                acknowledged=parts.metrics.acknowledged,
            ),
            on_gap=self._after_gap,
            precedence=precedence,
        )

    async def _listen(self) -> None:
        settings = self._parts.settings
        try:
            await self._sidecar.start()
        except OSError as error:
            await self._sidecar.stop()
            raise InUseError(
                f"Cannot listen on HTTP_HOST {settings.http_host}, HTTP_PORT "
                f"{settings.http_port}: {os.strerror(error.errno or errno.EIO).lower()}. Choose "
                "another HTTP_PORT in .env, or stop what uses this one."
            ) from error

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT.

        What is definitely refused raises at once; what does not answer is asked again later.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        await self._listen()
        try:
            slack = await identity.ask_slack(self._parts.slack, self._parts.bot)
            await self._prepare_database()  # asking Gorgias takes a turn of the stored budget
            self._health.gorgias = await identity.check_gorgias(self._parts.gorgias)
            log.info("bot.started", role=self._role, slack=slack, gorgias=self._health.gorgias)
            await self._run_until_stopped()
        finally:
            await self._sidecar.stop()

    async def _prepare_database(self) -> None:
        """Migrate, and free what an earlier process on this file left; waits for the database."""
        while not self._stopping.is_set():
            try:
                await upgrade(self._parts.database.url)
                if self._parts.database.is_sqlite:
                    await self._parts.ledger.expire_leases(every_lease=True)
                if self._role.has_sockets:
                    await self._parts.services.intake.rehearse()
                await self._parts.database.rehearse(Lane.INTERACTIVE)
            except Exception as error:
                if is_not_let_in(error):
                    raise DatabaseAwayError(error) from error
                if not is_unavailable(error):
                    raise
                log.warning("database.unavailable", error=type(error).__name__)
                await asyncio.sleep(DATABASE_RETRY_SECONDS)
            else:
                self._health.migrated = True
                return

    async def _run_until_stopped(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                endless = [group.create_task(each, name=name) for name, each in self._endless()]
                helpers = [group.create_task(each, name=name) for name, each in self._helpers()]
                sockets = group.create_task(self._take_in(), name="sockets")
                worker = group.create_task(self._work(), name="worker")
                await self._stopping.wait()
                self._health.draining = True
                self._sockets.stop()
                await asyncio.wait([sockets])
                self._worker.stop()
                await asyncio.wait([worker])
                await asyncio.wait(helpers, timeout=HELPERS_END_SECONDS)
                for task in (*endless, *helpers):
                    task.cancel()
        except* asyncio.CancelledError:
            log.info("bot.cancelled")
        log.info("bot.stopped")

    def _endless(self) -> Iterator[tuple[str, Coroutine[Any, Any, None]]]:
        """Name what runs beside sockets and worker until it is cancelled."""
        parts = self._parts
        yield "watchdog", self._watchdog.run()
        if parts.redis is not None:
            yield "redis-watch", parts.redis.watch()
        if not parts.database.is_sqlite:
            yield "job-news", JobNews(parts.ledger).run()

    def _helpers(self) -> Iterator[tuple[str, Coroutine[Any, Any, None]]]:
        """Name what asks database or Gorgias now and then, and ends between two questions."""
        yield "gorgias-watch", self._watch_gorgias()
        yield "figures", self._take_figures()
        if self._role is not Role.HTTP:
            yield "schedule", self._schedule()

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return False
        return True

    async def _take_in(self) -> None:
        if self._role.has_sockets:
            await self._sockets.run()

    async def _work(self) -> None:
        """Jobs need to know who we are; intake does not, and has begun already."""
        known = asyncio.create_task(
            identity.insist_on_slack(self._parts.slack, self._parts.bot),
            name="identity",
        )
        stopped = asyncio.create_task(self._stopping.wait(), name="stop-before-identity")
        await asyncio.wait([known, stopped], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not known.done():
            known.cancel()
            return
        await known
        if self._role.has_worker:
            await self._worker.run()

    async def _schedule(self) -> None:
        """Store periodic work under a key of its slot, so that it runs once across replicas."""
        while not self._stopping.is_set():
            today = datetime.now(UTC).date().isoformat()
            job = NewJob(NIGHTLY, f"nightly:{today}", payload={"day": today}, lane=1)
            try:
                async with self._parts.database.transaction() as connection:
                    await self._parts.ledger.enqueue(connection, job)
                    await self._parts.ledger.enqueue(connection, nightly_job(today))
                    await self._parts.ledger.enqueue(connection, learn_job(today))
                    await self._parts.ledger.enqueue(connection, compare_job(today))
                    for standing in standing_jobs(today):
                        await self._parts.ledger.enqueue(connection, standing)
                # While a gap is still to be stored, its beginning must not be forgotten.
                if self._health.sockets and (self._repairing is None or self._repairing.done()):
                    await repair.remember_connected(self._parts.desk)
            except Exception as error:
                if not is_unavailable(error):
                    raise
                log.warning("schedule.database_unavailable", error=type(error).__name__)
            await self._stopped_within(SCHEDULE_SECONDS)

    async def _nightly(self, _job: Job) -> None:
        removed = 0
        while gone := await self._parts.ledger.purge_done():
            removed += gone
            await asyncio.sleep(0.01)  # let acknowledgements in between
        await self._limits.purge()
        async with self._parts.database.transaction(Lane.JOBS) as connection:
            await idempotency.purge(connection)
        log.info("jobs.purged", removed=removed)
        services = self._parts.services
        await services.api_keys.look_after_owners(services.workspace.has_left)

    async def _watch_gorgias(self) -> None:
        """Keep readiness honest about Gorgias, asking only while it is known to be away."""
        while not await self._stopped_within(GORGIAS_RETRY_SECONDS):
            if not self._health.gorgias:
                self._health.gorgias = await identity.check_gorgias(self._parts.gorgias)
            elif self._parts.gorgias.circuit.is_open:
                self._health.gorgias = False

    async def _take_figures(self) -> None:
        while not await self._stopped_within(FIGURES_SECONDS):
            try:
                self._parts.metrics.jobs_counted(await self._parts.ledger.counts())
                self._parts.metrics.keys_counted(await self._parts.services.api_keys.counts())
            except Exception as error:
                if not is_unavailable(error):
                    raise
                log.warning("figures.database_unavailable", error=type(error).__name__)

    def _sockets_connected(self, count: int) -> None:
        self._health.sockets = count
        self._parts.metrics.sockets_connected(count)

    async def _after_gap(self, seconds: float) -> None:
        """Slack forgets after minutes: after a start or a longer gap, look what was missed."""
        log.info("socket.gap", seconds=round(seconds, 1))
        self._repairing = asyncio.create_task(self._repair_if_long(), name="gap-repair")

    async def _repair_if_long(self) -> None:
        try:
            since = await repair.connected_until(self._parts.desk)
            just_started, self._has_connected = not self._has_connected, True
            if since is None or (time.time() - since < GAP_SECONDS and not just_started):
                await repair.remember_connected(self._parts.desk)
                return
            await identity.insist_on_slack(self._parts.slack, self._parts.bot)
            await repair.store(self._parts.desk, since, self._parts.bot.team_id)
        except Exception as error:
            if not is_unavailable(error):
                raise
            log.warning("gap.database_unavailable", error=type(error).__name__)
