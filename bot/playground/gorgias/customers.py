"""Customers: list, read, create, update, delete."""

from aiohttp import web

from bot.playground.gorgias import shapes
from bot.playground.gorgias.access import desk_of, number_in
from bot.playground.gorgias.checks import (
    Field,
    Record,
    anything,
    body,
    boolean,
    json_object,
    list_of,
    nullable,
    query,
    record,
    required,
    text,
)
from bot.playground.gorgias.errors import ApiError, bad_request, not_found
from bot.playground.gorgias.paging import page, paging_fields
from bot.playground.gorgias.people import create_customer, find_customer, own_address
from bot.playground.gorgias.state import Helpdesk, now

CHANNEL_FIELDS = {
    "type": required(text()),
    "address": required(text()),
    "preferred": Field(boolean),
}
CUSTOMER_FIELDS = {
    "name": nullable(text()),
    "email": nullable(text(320)),
    "external_id": nullable(text()),
    "language": nullable(text()),
    "timezone": nullable(text()),
    "note": nullable(text()),
    "meta": nullable(json_object),
    "data": nullable(anything),
    "channels": Field(list_of(record(CHANNEL_FIELDS))),
}
EXACT_FILTERS = ("email", "external_id", "name", "language", "timezone")
LIST_FIELDS = {
    **paging_fields("created_datetime", "updated_datetime"),
    **{name: Field(text()) for name in (*EXACT_FILTERS, "channel_type", "channel_address")},
}


async def list_customers(request: web.Request) -> web.Response:
    parameters = query(request, LIST_FIELDS)
    if ("channel_type" in parameters) != ("channel_address" in parameters):
        raise bad_request(channel_type="Goes with channel_address.")
    found = [
        customer
        for customer in desk_of(request).customers.values()
        if _wanted(customer, parameters)
    ]
    return page(request, parameters, found, shapes.customer)


def _wanted(customer: Record, parameters: Record) -> bool:
    for name in EXACT_FILTERS:
        if name in parameters and customer[name] != parameters[name]:
            return False
    if "channel_type" not in parameters:
        return True
    wanted = (parameters["channel_type"], parameters["channel_address"])
    return wanted in {(channel["type"], channel["address"]) for channel in customer["channels"]}


async def get_customer(request: web.Request) -> web.Response:
    query(request, {})
    return web.json_response(shapes.customer(_customer_in(request)))


async def post_customer(request: web.Request) -> web.Response:
    query(request, {})
    desk = desk_of(request)
    given = await body(request, CUSTOMER_FIELDS)
    _refuse_taken_addresses(desk, given, None)
    return web.json_response(shapes.customer(create_customer(desk, given)), status=201)


async def update_customer(request: web.Request) -> web.Response:
    query(request, {})
    desk, customer = desk_of(request), _customer_in(request)
    given = await body(request, CUSTOMER_FIELDS)
    _refuse_taken_addresses(desk, given, customer)
    customer.update({**given, "updated_datetime": now()})
    if given.get("email"):
        customer["email"] = given["email"].lower()
    if given.get("name"):
        customer["firstname"], _, customer["lastname"] = given["name"].partition(" ")
    own_address(customer)
    desk.changed()
    return web.json_response(shapes.customer(customer))


async def delete_customer(request: web.Request) -> web.Response:
    query(request, {})
    desk, customer = desk_of(request), _customer_in(request)
    del desk.customers[customer["id"]]
    desk.changed()
    return web.Response(status=204)


def _refuse_taken_addresses(desk: Helpdesk, given: Record, owner: Record | None) -> None:
    addresses = [given.get("email")]
    addresses += [
        channel["address"] for channel in given.get("channels", []) if channel["type"] == "email"
    ]
    for address in filter(None, addresses):
        found = find_customer(desk, address)
        if found and found is not owner:
            raise ApiError(409, "A customer with this email already exists.", {"email": "Taken."})


def _customer_in(request: web.Request) -> Record:
    found = desk_of(request).customers.get(number_in(request, "customer_id"))
    if found is None:
        raise not_found("Customer")
    return found


def routes() -> list[web.RouteDef]:
    return [
        web.get("/api/customers", list_customers),
        web.post("/api/customers", post_customer),
        web.get("/api/customers/{customer_id}", get_customer),
        web.put("/api/customers/{customer_id}", update_customer),
        web.delete("/api/customers/{customer_id}", delete_customer),
    ]
