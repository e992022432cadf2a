"""This process: its cache, its connections to the database, how much it logs."""

import socket

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from bot.logs import Level, current_level, set_level
from bot.metrics import NamespaceFigures
from bot.sidecar.answers import result_response
from bot.sidecar.auth import caller_of
from bot.sidecar.parts import HEALTH, METRICS, SERVICES
from bot.sidecar.requests import read_body
from bot.sidecar.route import Route, require
from services.api_keys import Scope
from storage.pools import PoolState

ADMIN = require(Scope.ADMIN)


class CacheStats(BaseModel):
    """What the cache held and how often it was of use since the start."""

    entries: int
    redis: str
    """up, away, or unused."""
    namespaces: tuple[NamespaceFigures, ...]


class LogLevel(BaseModel):
    """Least level that is written; until the process ends."""

    model_config = ConfigDict(extra="forbid")

    level: Level


async def cache_stats(request: web.Request) -> web.Response:
    metrics, redis = request.app[METRICS], request.app[HEALTH].redis
    stats = CacheStats(
        entries=metrics.cache_size(),
        redis="unused" if redis is None else ("up" if redis() else "away"),
        namespaces=tuple(metrics.cache_figures()),
    )
    return result_response(CacheStats, stats)


async def database_pools(request: web.Request) -> web.Response:
    return result_response(tuple[PoolState, ...], request.app[SERVICES].operations.pools())


async def log_level(_request: web.Request) -> web.Response:
    return result_response(LogLevel, LogLevel(level=current_level()))


async def set_log_level(request: web.Request) -> web.Response:
    body = await read_body(request, LogLevel)
    await request.app[SERVICES].operations.note(
        caller_of(request).actor, "log.level", f"process:{socket.gethostname()}", level=body.level
    )
    set_level(body.level)
    return result_response(LogLevel, body)


PROCESS_ROUTES: tuple[Route, ...] = (
    Route(
        "GET", "/admin/cache/stats", ADMIN, cache_stats, "What the cache does", result=CacheStats
    ),
    Route(
        "GET",
        "/admin/db/pool",
        ADMIN,
        database_pools,
        "Connections to the database",
        result=tuple[PoolState, ...],
    ),
    Route("GET", "/admin/log-level", ADMIN, log_level, "How much is logged", result=LogLevel),
    Route(
        "PUT",
        "/admin/log-level",
        ADMIN,
        set_log_level,
        "Log more or less, until the process ends",
        body=LogLevel,
        result=LogLevel,
    ),
)
