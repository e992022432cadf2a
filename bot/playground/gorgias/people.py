"""Finding the users and customers that a body points to."""

from bot.playground.gorgias.checks import Field, Record, integer, nullable, text
from bot.playground.gorgias.errors import bad_request
from bot.playground.gorgias.state import Helpdesk, now

PERSON_FIELDS = {
    "id": Field(integer),
    "email": nullable(text(320)),
    "name": nullable(text()),
}
REFERENCE_FIELDS = {"id": nullable(integer)}


def find_user(desk: Helpdesk, person: Record) -> Record | None:
    for user in desk.users.values():
        if "id" in person:
            if user["id"] == person["id"]:
                return user
        elif person.get("email") and user["email"] == str(person["email"]).lower():
            return user
    return None


def find_customer(desk: Helpdesk, email: str) -> Record | None:
    """Find the customer who owns an address, as primary one or as a channel."""
    wanted = email.lower()
    for customer in desk.customers.values():
        addresses = {
            channel["address"].lower()
            for channel in customer["channels"]
            if channel["type"] == "email"
        }
        if wanted == customer["email"] or wanted in addresses:
            return customer
    return None


def get_or_create_customer(desk: Helpdesk, person: Record, field: str) -> Record:
    """Find the customer by id or e-mail; an unknown e-mail or a bare name makes a new one."""
    if "id" in person:
        known = desk.customers.get(person["id"])
        if known is None:
            raise bad_request(**{field: "Customer does not exist."})
        return known
    email = person.get("email")
    found = find_customer(desk, email) if email else None
    if found:
        return found
    if not email and not person.get("name"):
        raise bad_request(**{field: "Needs an id, an email or a name."})
    return create_customer(desk, person)


def create_customer(desk: Helpdesk, given: Record) -> Record:
    name = given.get("name") or ""
    firstname, _, lastname = name.partition(" ")
    at = now()
    customer: Record = {
        "id": desk.next_id("customer"),
        "external_id": None,
        "active": True,
        "name": name,
        "firstname": firstname,
        "lastname": lastname,
        "language": None,
        "timezone": None,
        "note": None,
        "meta": None,
        "data": None,
        "custom_fields": None,
        "integrations": {},
        "channels": [],
        "created_datetime": at,
        "updated_datetime": at,
    }
    customer.update({field: value for field, value in given.items() if value is not None})
    customer["email"] = given["email"].lower() if given.get("email") else None
    desk.customers[customer["id"]] = customer
    own_address(customer)
    desk.changed()
    return customer


def own_address(customer: Record) -> None:
    """Keep the primary e-mail among the customer's channels."""
    email = customer["email"]
    listed = {(channel["type"], channel["address"]) for channel in customer["channels"]}
    if email and ("email", email) not in listed:
        customer["channels"].append({"type": "email", "address": email, "preferred": True})
