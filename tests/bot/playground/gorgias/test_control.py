import json

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from bot.playground.gorgias import GorgiasEmulator
from tests.bot.playground.gorgias.caller import Caller

MIRA = {"email": "mira@example.org", "name": "Mira Ost"}


async def test_an_agent_replies_by_mail_and_notes_internally(gorgias: Caller) -> None:
    made = await gorgias.note_ticket(customer=MIRA)
    reply = {"ticket_id": made["id"], "user_id": 3, "text": "Sorry!", "from_agent": True}
    await gorgias.play("reply", {**reply, "channel": "email"})
    await gorgias.play("reply", {**reply, "channel": "internal-note"})
    state = await gorgias.play("state")
    _, mail, note = state["tickets"][0]["messages"]
    assert mail["sender"]["name"] == "Ben Okafor"
    assert (mail["public"], note["public"]) == (True, False)
    assert [sent["via"] for sent in state["emails_sent"]] == ["helpdesk"]


async def test_a_customers_answer_reopens_a_closed_ticket(gorgias: Caller) -> None:
    made = await gorgias.note_ticket(customer=MIRA, status="closed")
    assert made["closed_datetime"]
    answer = {"ticket_id": made["id"], "user_id": None, "text": "Still wet", "from_agent": False}
    await gorgias.play("reply", answer)
    full = await gorgias.get(f"/api/tickets/{made['id']}")
    assert full["status"] == "open"
    assert full["messages"][-1]["sender"]["email"] == "mira@example.org"


async def test_an_agent_works_on_a_ticket_in_the_helpdesk(gorgias: Caller) -> None:
    made = await gorgias.note_ticket()
    change = {"id": made["id"], "status": "closed", "assignee": 4, "priority": "low", "tags": ["a"]}
    ticket = (await gorgias.play("ticket", change))["ticket"]
    assert (ticket["status"], ticket["priority"]) == ("closed", "low")
    assert ticket["assignee_user"]["name"] == "Maya Lindqvist"
    assert [tag["name"] for tag in ticket["tags"]] == ["a"]


async def test_pages_of_this_machine_may_read_the_state_and_no_others(gorgias: Caller) -> None:
    for origin, allowed in (("http://127.0.0.1:8090", True), ("http://127.0.0.1.evil.test", False)):
        headers = {"Origin": origin}
        async with gorgias.session.get("/play/gorgias/state", headers=headers) as answer:
            assert ("Access-Control-Allow-Origin" in answer.headers) is allowed
    async with gorgias.session.options(
        "/play/gorgias/faults", headers={"Origin": "http://localhost:8090"}
    ) as answer:
        assert answer.status == 204
        assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:8090"


async def test_the_stream_tells_of_each_change(gorgias: Caller) -> None:
    async with gorgias.session.get("/play/gorgias/stream") as stream:
        first = json.loads((await stream.content.readline()).removeprefix(b"data: "))
        await stream.content.readline()
        await gorgias.note_ticket()
        second = json.loads((await stream.content.readline()).removeprefix(b"data: "))
    assert second["revision"] > first["revision"]


async def test_a_saved_helpdesk_goes_on_where_it_stopped(
    gorgias: Caller, emulator: GorgiasEmulator
) -> None:
    made = await gorgias.note_ticket(customer=MIRA, tags=[{"name": "slack"}])
    saved = json.loads(json.dumps(emulator.dump()))
    again = GorgiasEmulator()
    again.load(saved)
    async with (
        TestServer(again.make_app()) as server,
        ClientSession(server.make_url("/")) as session,
    ):
        caller = Caller(session)
        assert await caller.get(f"/api/tickets/{made['id']}") == made
        assert (await caller.note_ticket())["id"] == made["id"] + 1
