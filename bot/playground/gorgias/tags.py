"""Tags of the account and of tickets."""

from aiohttp import web

from bot.playground.gorgias import shapes
from bot.playground.gorgias.access import desk_of, number_in, ticket_in
from bot.playground.gorgias.checks import (
    Field,
    Record,
    body,
    integer,
    json_object,
    list_of,
    nullable,
    query,
    required,
    text,
)
from bot.playground.gorgias.errors import ApiError, bad_request, not_found
from bot.playground.gorgias.paging import page, paging_fields
from bot.playground.gorgias.state import Helpdesk, now

TAG_REFERENCE_FIELDS = {"id": Field(integer), "name": Field(text(256))}
SET_FIELDS = {"ids": Field(list_of(integer)), "names": Field(list_of(text(256)))}
UPDATE_FIELDS = {
    "name": Field(text(256)),
    "description": nullable(text(1024)),
    "decoration": nullable(json_object),
}
CREATE_FIELDS = {**UPDATE_FIELDS, "name": required(text(256))}


def check_tags(desk: Helpdesk, references: list[Record], field: str) -> None:
    for reference in references:
        if not reference.get("name") and "id" not in reference:
            raise bad_request(**{field: "Needs an id or a name."})
        if "id" in reference and reference["id"] not in desk.tags:
            raise bad_request(**{field: "Tag does not exist."})


def get_or_create_tags(desk: Helpdesk, references: list[Record]) -> list[Record]:
    """Find checked tags by id or exact name, making new names; each tag once, in order."""
    found: dict[int, Record] = {}
    for reference in references:
        if "id" in reference:
            tag = desk.tags[reference["id"]]
        else:
            tag = _by_name(desk, reference["name"]) or _create(desk, reference)
        found[tag["id"]] = tag
    return list(found.values())


def _by_name(desk: Helpdesk, name: str) -> Record | None:
    return next((tag for tag in desk.tags.values() if tag["name"] == name), None)


def _create(desk: Helpdesk, given: Record) -> Record:
    number = desk.next_id("tag")
    tag = {
        "id": number,
        "name": given["name"],
        "description": given.get("description"),
        "decoration": given.get("decoration"),
        "created_datetime": now(),
        "deleted_datetime": None,
    }
    desk.tags[number] = tag
    desk.changed()
    return tag


async def list_tags(request: web.Request) -> web.Response:
    fields = {**paging_fields("name", "created_datetime", "usage"), "search": Field(text())}
    parameters = query(request, fields)
    desk = desk_of(request)
    wanted = parameters.get("search", "").lower()
    shown = [shapes.tag(desk, tag) for tag in desk.tags.values() if wanted in tag["name"].lower()]
    return page(request, parameters, shown, lambda tag: tag)


async def create_tag(request: web.Request) -> web.Response:
    query(request, {})
    desk = desk_of(request)
    given = await body(request, CREATE_FIELDS)
    if _by_name(desk, given["name"]):
        raise ApiError(409, "Tag already exists.", {"name": "Already taken."})
    return web.json_response(shapes.tag(desk, _create(desk, given)), status=201)


async def get_tag(request: web.Request) -> web.Response:
    query(request, {})
    return web.json_response(shapes.tag(desk_of(request), _tag_in(request)))


async def update_tag(request: web.Request) -> web.Response:
    query(request, {})
    desk, tag = desk_of(request), _tag_in(request)
    given = await body(request, UPDATE_FIELDS)
    taken = _by_name(desk, given["name"]) if "name" in given else None
    if taken and taken is not tag:
        raise ApiError(409, "Tag already exists.", {"name": "Already taken."})
    tag.update(given)
    desk.changed()
    return web.json_response(shapes.tag(desk, tag))


async def delete_tag(request: web.Request) -> web.Response:
    query(request, {})
    desk, tag = desk_of(request), _tag_in(request)
    for ticket in desk.tickets.values():
        ticket["tag_ids"] = [number for number in ticket["tag_ids"] if number != tag["id"]]
    del desk.tags[tag["id"]]
    desk.changed()
    return web.Response(status=204)


async def list_ticket_tags(request: web.Request) -> web.Response:
    query(request, {})
    desk, ticket = desk_of(request), ticket_in(request)
    data = [shapes.tag(desk, desk.tags[number]) for number in ticket["tag_ids"]]
    return web.json_response({"data": data})


async def add_ticket_tags(request: web.Request) -> web.Response:
    desk, ticket = desk_of(request), ticket_in(request)
    added = [tag["id"] for tag in await _tags_in_body(request, desk)]
    _set_tags(desk, ticket, list(dict.fromkeys([*ticket["tag_ids"], *added])))
    return web.Response(status=201)


async def set_ticket_tags(request: web.Request) -> web.Response:
    desk, ticket = desk_of(request), ticket_in(request)
    _set_tags(desk, ticket, [tag["id"] for tag in await _tags_in_body(request, desk)])
    return web.Response(status=202)


async def remove_ticket_tags(request: web.Request) -> web.Response:
    query(request, {})
    desk, ticket = desk_of(request), ticket_in(request)
    given = await body(request, SET_FIELDS)
    named = {tag["id"] for tag in desk.tags.values() if tag["name"] in given.get("names", [])}
    removed = named | set(given.get("ids", []))
    _set_tags(desk, ticket, [number for number in ticket["tag_ids"] if number not in removed])
    return web.Response(status=204)


async def _tags_in_body(request: web.Request, desk: Helpdesk) -> list[Record]:
    query(request, {})
    given = await body(request, SET_FIELDS)
    references = [{"id": number} for number in given.get("ids", [])]
    references += [{"name": name} for name in given.get("names", [])]
    check_tags(desk, references, "ids")
    return get_or_create_tags(desk, references)


def _set_tags(desk: Helpdesk, ticket: Record, numbers: list[int]) -> None:
    ticket["tag_ids"] = numbers
    ticket["updated_datetime"] = now()
    desk.changed()


def _tag_in(request: web.Request) -> Record:
    found = desk_of(request).tags.get(number_in(request, "tag_id"))
    if found is None:
        raise not_found("Tag")
    return found


def routes() -> list[web.RouteDef]:
    of_ticket = "/api/tickets/{ticket_id}/tags"
    return [
        web.get("/api/tags", list_tags),
        web.post("/api/tags", create_tag),
        web.get("/api/tags/{tag_id}", get_tag),
        web.put("/api/tags/{tag_id}", update_tag),
        web.delete("/api/tags/{tag_id}", delete_tag),
        web.get(of_ticket, list_ticket_tags),
        web.post(of_ticket, add_ticket_tags),
        web.put(of_ticket, set_ticket_tags),
        web.delete(of_ticket, remove_ticket_tags),
    ]
