"""Every route against every kind of caller, from the route table itself."""

import re

import pytest

from bot.sidecar.route import KeyAccess, Route
from bot.sidecar.routes import ROUTES
from services.api_keys import Scope
from tests.bot.sidecar.running import ADMIN_KEY, Running

KEYED = [route for route in ROUTES if isinstance(route.access, KeyAccess)]
REFUSED = {401, 403, 429}


def path_of(route: Route) -> str:
    return re.sub(r"\{[^}]*\}", "1", route.path)


def other_than(scope: Scope) -> Scope:
    return next(each for each in Scope if each not in {scope, Scope.ADMIN})


def by_name(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.mark.parametrize("route", KEYED, ids=by_name)
async def test_route_answers_whom_it_should_and_nobody_else(running: Running, route: Route) -> None:
    assert isinstance(route.access, KeyAccess)
    running.health.migrated, running.health.sockets = True, 1
    scope, needed = route.access.scope, route.access.is_required
    expected = {
        None: 401 if needed else "in",
        "rgk_aaaaaaaa_" + "x" * 43: 401,
        "nonsense": 401,
        (await running.expired_key(scope)).secret: 401,
        (await running.revoked_key(scope)).secret: 401,
        (await running.key(other_than(scope))).secret: 403 if needed else "in",
        (await running.key(scope)).secret: "in",
        (await running.key(Scope.ADMIN)).secret: "in",
        ADMIN_KEY: "in",
    }
    for key, outcome in expected.items():
        status, _ = await running.ask(path_of(route), route.method, key=key)
        if outcome == "in":
            assert status not in REFUSED, key
            assert status < 500, key
        else:
            assert status == outcome, key
