import pytest

from tests.bot.playground.gorgias.caller import Caller, note, note_ticket


async def test_a_ticket_of_one_internal_note_needs_no_customer_and_sends_nothing(
    gorgias: Caller,
) -> None:
    made = await gorgias.note_ticket(external_id="slack:T:C:1", tags=[{"name": "slack"}])
    assert made["customer"] is None
    assert made["status"] == "open"
    assert [tag["name"] for tag in made["tags"]] == ["slack"]
    [message] = made["messages"]
    assert message["public"] is False
    assert message["sender"]["email"] == "olivia@playground.test"
    assert (await gorgias.play("state"))["emails_sent"] == []


async def test_the_full_ticket_has_messages_and_the_listed_one_has_the_priority(
    gorgias: Caller,
) -> None:
    made = await gorgias.note_ticket(priority="high")
    full = await gorgias.get(f"/api/tickets/{made['id']}")
    [compact] = (await gorgias.get("/api/tickets"))["data"]
    assert "messages" in full
    assert "priority" not in full
    assert "messages" not in compact
    assert compact["priority"] == "high"
    assert compact["messages_count"] == 1
    assert compact["excerpt"] == "Reported in Slack by Ben."


async def test_two_tickets_may_carry_the_same_external_id(gorgias: Caller) -> None:
    first = await gorgias.note_ticket(external_id="slack:T:C:1")
    second = await gorgias.note_ticket(external_id="slack:T:C:1")
    await gorgias.note_ticket(external_id="slack:T:C:10")
    found = await gorgias.get("/api/tickets?external_id=slack:T:C:1&order_by=created_datetime:asc")
    assert [ticket["id"] for ticket in found["data"]] == [first["id"], second["id"]]


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"messages": []}, "messages", "Shorter than minimum length 1."),
        ({"status": "pending"}, "status", "Not a valid choice."),
        ({"colour": "red"}, "colour", "Unknown field."),
        ({"subject": "x" * 999}, "subject", "Longer than maximum length 998."),
        ({"customer": {"id": 4}}, "customer", "Customer does not exist."),
        ({"assignee_user": {"id": 99}}, "assignee_user", "User does not exist."),
        ({"tags": [{"id": 5}]}, "tags", "Tag does not exist."),
        ({"created_datetime": "yesterday"}, "created_datetime", "Not a valid datetime."),
    ],
)
async def test_a_wrong_ticket_is_refused_by_field_and_nothing_is_made(
    gorgias: Caller, changes: dict[str, object], field: str, reason: str
) -> None:
    new = note_ticket(**{"customer": {"email": "mira@example.org"}, **changes})
    status, answer = await gorgias.call("POST", "/api/tickets", new)
    assert status == 400
    assert answer["error"]["data"][field] == [reason]
    state = await gorgias.play("state")
    assert state["tickets"] == []
    assert state["customers"] == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"channel": None}, "messages.0.channel"),
        ({"via": "carrier-pigeon"}, "messages.0.via"),
        ({"sender": {"email": "mira@example.org"}}, "messages.0.sender"),
        ({"from_agent": False}, "messages.0.from_agent"),
    ],
)
async def test_an_internal_note_is_by_a_user_through_a_known_channel(
    gorgias: Caller, changes: dict[str, object], field: str
) -> None:
    new = note_ticket(messages=[{**note(), **changes}])
    status, answer = await gorgias.call("POST", "/api/tickets", new)
    assert status == 400
    assert list(answer["error"]["data"]) == [field]


async def test_more_than_five_hundred_messages_are_refused(gorgias: Caller) -> None:
    new = note_ticket(messages=[note()] * 501)
    status, answer = await gorgias.call("POST", "/api/tickets", new)
    assert status == 400
    assert list(answer["error"]["data"]) == ["messages"]


async def test_an_unknown_requester_becomes_a_customer_and_a_known_one_is_reused(
    gorgias: Caller,
) -> None:
    first = await gorgias.note_ticket(customer={"email": "Mira@example.org", "name": "Mira Ost"})
    second = await gorgias.note_ticket(customer={"email": "mira@example.org"})
    assert first["customer"]["id"] == second["customer"]["id"]
    assert first["customer"]["lastname"] == "Ost"
    found = await gorgias.get(f"/api/tickets?customer_id={first['customer']['id']}")
    assert len(found["data"]) == 2


async def test_an_unknown_list_parameter_is_refused(gorgias: Caller) -> None:
    status, answer = await gorgias.call("GET", "/api/tickets?status=open")
    assert status == 400
    assert answer["error"]["data"] == {"status": ["Unknown field."]}


async def test_an_update_changes_only_what_it_names(gorgias: Caller) -> None:
    made = await gorgias.note_ticket(tags=[{"name": "slack"}], meta={"key": "x"})
    path = f"/api/tickets/{made['id']}"
    status, closed = await gorgias.call("PUT", path, {"status": "closed"})
    assert status == 200
    assert closed["closed_datetime"]
    assert closed["meta"] == {"key": "x"}
    assert closed["subject"] == made["subject"]
    await gorgias.call("PUT", path, {"tags": [{"name": "vip"}], "assignee_user": {"id": 3}})
    reopened = (await gorgias.call("PUT", path, {"status": "open"}))[1]
    assert reopened["closed_datetime"] is None
    assert [tag["name"] for tag in reopened["tags"]] == ["vip"]
    assert reopened["assignee_user"]["email"] == "ben@playground.test"
    assert (await gorgias.call("PUT", path, {"assignee_user": None}))[1]["assignee_user"] is None


async def test_the_creation_time_cannot_be_updated(gorgias: Caller) -> None:
    made = await gorgias.note_ticket()
    change = {"created_datetime": "2026-01-01T00:00:00Z"}
    status, answer = await gorgias.call("PUT", f"/api/tickets/{made['id']}", change)
    assert status == 400
    assert answer["error"]["data"] == {"created_datetime": ["Unknown field."]}


async def test_lists_hold_trashed_tickets_unless_told_otherwise(gorgias: Caller) -> None:
    made = await gorgias.note_ticket()
    change = {"trashed_datetime": "2026-11-22T10:00:00"}
    trashed = (await gorgias.call("PUT", f"/api/tickets/{made['id']}", change))[1]
    assert trashed["trashed_datetime"] == "2026-11-22T10:00:00.000000+00:00"
    assert len((await gorgias.get("/api/tickets"))["data"]) == 1
    assert (await gorgias.get("/api/tickets?trashed=false"))["data"] == []


async def test_a_deleted_ticket_is_gone(gorgias: Caller) -> None:
    made = await gorgias.note_ticket()
    assert await gorgias.call("DELETE", f"/api/tickets/{made['id']}") == (204, None)
    assert (await gorgias.call("GET", f"/api/tickets/{made['id']}"))[0] == 404
    assert (await gorgias.get("/api/messages"))["data"] == []


async def test_pages_follow_each_other_both_ways_without_gaps(gorgias: Caller) -> None:
    made = [(await gorgias.note_ticket())["id"] for _ in range(5)]
    seen: list[int] = []
    path = "/api/tickets?limit=2&order_by=created_datetime:asc"
    answer = await gorgias.get(path)
    assert answer["meta"]["prev_cursor"] is None
    seen += [ticket["id"] for ticket in answer["data"]]
    while answer["meta"]["next_cursor"]:
        answer = await gorgias.get(f"{path}&cursor={answer['meta']['next_cursor']}")
        seen += [ticket["id"] for ticket in answer["data"]]
    assert seen == made
    before = await gorgias.get(f"{path}&cursor={answer['meta']['prev_cursor']}")
    assert [ticket["id"] for ticket in before["data"]] == made[2:4]


async def test_a_cursor_belongs_to_the_query_that_gave_it(gorgias: Caller) -> None:
    await gorgias.note_ticket()
    await gorgias.note_ticket()
    cursor = (await gorgias.get("/api/tickets?limit=1"))["meta"]["next_cursor"]
    for path in (f"/api/tickets?limit=2&cursor={cursor}", "/api/tickets?cursor=bm8="):
        status, answer = await gorgias.call("GET", path)
        assert status == 400
        assert answer["error"]["data"] == {"cursor": ["Invalid cursor."]}


async def test_lists_follow_the_last_update_when_asked(gorgias: Caller) -> None:
    older = await gorgias.note_ticket()
    newer = await gorgias.note_ticket()
    await gorgias.call("PUT", f"/api/tickets/{older['id']}", {"priority": "low"})
    listed = await gorgias.get("/api/tickets?order_by=updated_datetime:desc")
    assert [ticket["id"] for ticket in listed["data"]] == [older["id"], newer["id"]]
    status, _ = await gorgias.call("GET", "/api/tickets?order_by=priority:asc")
    assert status == 400
