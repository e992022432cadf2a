"""Work of all processes: jobs, dead letters, the ticket mirror, model runs."""

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel

from bot.sidecar.answers import result_response
from bot.sidecar.api.parameters import (
    Cursor,
    Limit,
    Parameters,
    next_cursor,
    number_in_path,
    position,
)
from bot.sidecar.auth import caller_of
from bot.sidecar.parts import SERVICES
from bot.sidecar.requests import read_query
from bot.sidecar.route import Route, require
from services.api_keys import Scope
from services.cursors import Position
from services.model_runs import RunSummary
from services.operations import JobLine, JobsOverview, SyncStatus

ADMIN = require(Scope.ADMIN)


class PageQuery(Parameters):
    """Which part of the list."""

    limit: Limit = 50
    cursor: Cursor = None


class DeadLetters(BaseModel):
    """Jobs that were given up, newest first."""

    jobs: list[JobLine]
    next_cursor: str | None


class Done(BaseModel):
    """What was done to which job, in words."""

    id: int
    done: Annotated[str, "replayed or discarded"]
    what: str


class Started(BaseModel):
    """Jobs that run now instead of at their next turn."""

    started: list[str]


async def jobs(request: web.Request) -> web.Response:
    return result_response(JobsOverview, await request.app[SERVICES].operations.jobs())


async def dead_letters(request: web.Request) -> web.Response:
    query = read_query(request, PageQuery)
    place = await position(request, query.cursor)
    before = None if place is None else int(place[0])
    found = await request.app[SERVICES].operations.dead_letters(before, query.limit + 1)
    shown = list(found[: query.limit])
    last: Position | None = [shown[-1].id] if len(found) > query.limit else None
    page = DeadLetters(jobs=shown, next_cursor=await next_cursor(request, last))
    return result_response(DeadLetters, page)


async def replay(request: web.Request) -> web.Response:
    job_id = number_in_path(request, "job")
    operations = request.app[SERVICES].operations
    what = await operations.replay(job_id, caller_of(request).actor)
    return result_response(Done, Done(id=job_id, done="replayed", what=what))


async def discard(request: web.Request) -> web.Response:
    job_id = number_in_path(request, "job")
    operations = request.app[SERVICES].operations
    what = await operations.discard(job_id, caller_of(request).actor)
    return result_response(Done, Done(id=job_id, done="discarded", what=what))


async def sync_status(request: web.Request) -> web.Response:
    return result_response(SyncStatus, await request.app[SERVICES].operations.sync_status())


async def start_sync(request: web.Request) -> web.Response:
    started = await request.app[SERVICES].operations.start_sync(caller_of(request).actor)
    return result_response(Started, Started(started=list(started)), status=202)


async def model_runs(request: web.Request) -> web.Response:
    runs = await request.app[SERVICES].model_runs.newest()
    return result_response(tuple[RunSummary, ...], runs)


async def switch_model(request: web.Request) -> web.Response:
    run_id = number_in_path(request, "model run")
    actor = caller_of(request).actor
    run = await request.app[SERVICES].model_runs.switch_to(run_id, actor)
    return result_response(RunSummary, run)


WORK_ROUTES: tuple[Route, ...] = (
    Route("GET", "/admin/jobs", ADMIN, jobs, "Work that is not done", result=JobsOverview),
    Route(
        "GET",
        "/admin/jobs/dead",
        ADMIN,
        dead_letters,
        "Dead letters",
        query=PageQuery,
        result=DeadLetters,
    ),
    Route("POST", "/admin/jobs/{id}/replay", ADMIN, replay, "Try a dead letter again", result=Done),
    Route("POST", "/admin/jobs/{id}/discard", ADMIN, discard, "Give a dead letter up", result=Done),
    Route(
        "GET", "/admin/sync-status", ADMIN, sync_status, "How far the mirror is", result=SyncStatus
    ),
    Route(
        "POST",
        "/admin/sync",
        ADMIN,
        start_sync,
        "Read Gorgias now",
        result=Started,
        status=202,
    ),
    Route(
        "GET",
        "/admin/model-runs",
        ADMIN,
        model_runs,
        "Runs of the customer models",
        result=tuple[RunSummary, ...],
    ),
    Route(
        "POST",
        "/admin/model-runs/{id}/activate",
        ADMIN,
        switch_model,
        "Switch back to an earlier run",
        result=RunSummary,
    ),
)
