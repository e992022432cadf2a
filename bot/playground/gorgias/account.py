"""The account, its users and its teams: all read-only."""

from aiohttp import web

from bot.playground.gorgias import shapes
from bot.playground.gorgias.access import desk_of, number_in
from bot.playground.gorgias.checks import Field, Record, choice, list_of, query, query_boolean, text
from bot.playground.gorgias.enums import ROLES
from bot.playground.gorgias.errors import not_found
from bot.playground.gorgias.paging import page, paging_fields

USER_LIST_FIELDS = {
    **paging_fields("created_datetime", "name"),
    "email": Field(text()),
    "external_id": Field(text()),
    "search": Field(text()),
    "roles": Field(list_of(choice(*ROLES))),
    "available_first": Field(query_boolean),
}


async def get_account(request: web.Request) -> web.Response:
    query(request, {})
    account = {
        "domain": "playground",
        "status": {"status": "active", "notification": None},
        "created_datetime": desk_of(request).api_user["created_datetime"],
        "deactivated_datetime": None,
        "settings": [],
    }
    return web.json_response(account)


async def list_users(request: web.Request) -> web.Response:
    parameters = query(request, USER_LIST_FIELDS, "roles")
    found = [user for user in desk_of(request).users.values() if _wanted(user, parameters)]
    return page(request, parameters, found, shapes.user)


def _wanted(user: Record, parameters: Record) -> bool:
    for name in ("email", "external_id"):
        if name in parameters and user[name] != parameters[name]:
            return False
    if "roles" in parameters and user["role"]["name"] not in parameters["roles"]:
        return False
    wanted = parameters.get("search", "").lower()
    return wanted in user["name"].lower() or wanted in user["email"]


async def get_user(request: web.Request) -> web.Response:
    query(request, {})
    desk, number = desk_of(request), number_in(request, "user_id")
    found = desk.users.get(number) if number else desk.api_user
    if found is None:
        raise not_found("User")
    return web.json_response(shapes.user(found))


async def list_teams(request: web.Request) -> web.Response:
    parameters = query(request, paging_fields("created_datetime", "name"))
    return page(request, parameters, desk_of(request).teams.values(), dict)


async def get_team(request: web.Request) -> web.Response:
    query(request, {})
    found = desk_of(request).teams.get(number_in(request, "team_id"))
    if found is None:
        raise not_found("Team")
    return web.json_response(found)


def routes() -> list[web.RouteDef]:
    return [
        web.get("/api/account", get_account),
        web.get("/api/users", list_users),
        web.get("/api/users/{user_id}", get_user),
        web.get("/api/teams", list_teams),
        web.get("/api/teams/{team_id}", get_team),
    ]
