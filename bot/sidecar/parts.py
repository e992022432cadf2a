"""What routes find on the application, each under a typed key."""

from collections.abc import Callable

from aiohttp import web

from bot.metrics import Metrics
from bot.settings import Settings
from bot.sidecar.health import Health
from services.container import Services
from storage.limits import Limits

SETTINGS = web.AppKey("settings", Settings)
HEALTH = web.AppKey("health", Health)
METRICS = web.AppKey("metrics", Metrics)
SERVICES = web.AppKey("services", Services)
LIMITS = web.AppKey("limits", Limits)
OPENAPI: web.AppKey[Callable[[], bytes]] = web.AppKey("openapi")
