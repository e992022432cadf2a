"""Whom a ticket is about: exactly one, a choice, or openly nobody."""

import pytest

from services.tickets import requester
from services.tickets.requester import Requester
from storage.links import Link, get, save, want
from tests.services.shop import ANNA, BOB, open_shop
from tests.services.tickets.threads import CHANNEL, ROOT, message, thread
from tests.wired import Wired


@pytest.fixture
async def link(wired: Wired) -> Link:
    await open_shop(wired.parts.database)
    async with wired.parts.database.transaction() as connection:
        return await want(connection, team="T0", channel=CHANNEL, root_ts=ROOT, subject="Mug")


async def identify(wired: Wired, link: Link, *texts: str) -> Requester:
    return await requester.identify(wired.parts.desk, link, thread(*texts))


async def customer_id(wired: Wired, email: str) -> int:
    [match] = await wired.parts.desk.customers.identify(email)
    return match.customer_id


async def test_one_customer_named_in_the_message_is_the_requester(wired: Wired, link: Link) -> None:
    about = await identify(wired, link, f"{ANNA.email} got a broken mug")
    assert about.customer_id == await customer_id(wired, str(ANNA.email))
    assert about.gorgias is not None
    assert wired.gorgias.desk.customers[about.gorgias["id"]]["email"] == ANNA.email


async def test_customer_already_in_gorgias_is_not_made_twice(wired: Wired, link: Link) -> None:
    existing = await wired.parts.gorgias.create_customer({"name": "A", "email": ANNA.email})
    before = len(wired.gorgias.desk.customers)
    first = await identify(wired, link, f"{ANNA.email} got a broken mug")
    again = await identify(wired, link, f"{ANNA.email} again")
    assert first.gorgias == again.gorgias == {"id": existing}
    assert len(wired.gorgias.desk.customers) == before


async def test_customer_without_an_address_is_made_with_their_phone(
    wired: Wired, link: Link
) -> None:
    about = await identify(wired, link, f"{BOB.phone} called about a mug")
    assert about.gorgias is not None
    channels = wired.gorgias.desk.customers[about.gorgias["id"]]["channels"]
    assert [channel["address"] for channel in channels] == [BOB.phone]


async def test_two_customers_are_a_choice_and_nobody_is_attached(wired: Wired, link: Link) -> None:
    about = await identify(wired, link, "anna@example.com or anne.smith@example.com?")
    assert (about.customer_id, about.gorgias) == (None, None)
    assert len(about.candidates) == 2


async def test_first_message_decides_before_the_replies_do(wired: Wired, link: Link) -> None:
    about = await identify(wired, link, "anna@example.com: mug", "like anne.smith@example.com")
    assert about.customer_id == await customer_id(wired, "anna@example.com")


async def test_reply_may_name_the_customer_when_the_message_does_not(
    wired: Wired, link: Link
) -> None:
    about = await identify(wired, link, "Mug broken", "It is anna@example.com")
    assert about.customer_id == await customer_id(wired, "anna@example.com")


async def test_our_own_card_names_nobody(wired: Wired, link: Link) -> None:
    card = message("anna@example.com", 1, is_card=True)
    about = await requester.identify(wired.parts.desk, link, thread("Mug broken", card))
    assert about == Requester()


async def test_stranger_known_to_gorgias_alone_is_the_requester(wired: Wired, link: Link) -> None:
    known = await wired.parts.gorgias.create_customer({"name": "N", "email": "new@acme.test"})
    about = await identify(wired, link, "New@acme.test asks about mugs")
    assert about == Requester(gorgias={"id": known})


async def test_stranger_nobody_knows_is_nobody(wired: Wired, link: Link) -> None:
    assert await identify(wired, link, "somebody@nowhere.test asks") == Requester()
    assert await identify(wired, link, "Mugs are broken") == Requester()


async def test_customer_chosen_by_a_person_is_not_guessed_again(wired: Wired, link: Link) -> None:
    chosen = await customer_id(wired, "anne.smith@example.com")
    async with wired.parts.database.transaction() as connection:
        await save(connection, link.id, customer_id=chosen)
        link = await get(connection, link.id)
    about = await identify(wired, link, "anna@example.com got a broken mug")
    assert about.customer_id == chosen
