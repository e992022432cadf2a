from tests.bot.playground.gorgias.caller import Caller

REPLY = {
    "channel": "email",
    "via": "api",
    "from_agent": True,
    "sender": {"email": "ben@playground.test"},
    "source": {"type": "email", "from": {"address": "support@playground.test"}},
    "body_text": "A new one is on its way.",
}
MIRA = {"email": "mira@example.org", "name": "Mira Ost"}


async def test_a_public_reply_without_a_sent_time_is_really_sent(gorgias: Caller) -> None:
    made = await gorgias.note_ticket(customer=MIRA)
    await gorgias.create(f"/api/tickets/{made['id']}/messages", REPLY)
    [sent] = (await gorgias.play("state"))["emails_sent"]
    assert sent["to"] == "mira@example.org"
    assert sent["via"] == "api"
    assert sent["body_text"] == "A new one is on its way."


async def test_notes_and_imported_messages_are_never_sent(gorgias: Caller) -> None:
    made = await gorgias.note_ticket(customer=MIRA)
    path = f"/api/tickets/{made['id']}/messages"
    note = {**REPLY, "channel": "internal-note", "public": True, "external_id": "slack:1"}
    shown = await gorgias.create(path, note)
    assert shown["public"] is False
    await gorgias.create(path, {**REPLY, "sent_datetime": "2026-11-22T10:00:00Z"})
    assert (await gorgias.play("state"))["emails_sent"] == []
    listed = await gorgias.get(f"/api/messages?ticket_id={made['id']}")
    assert [message["external_id"] for message in listed["data"]] == [None, "slack:1", None]


async def test_messages_cannot_be_found_by_external_id(gorgias: Caller) -> None:
    status, answer = await gorgias.call("GET", "/api/messages?external_id=slack:1")
    assert status == 400
    assert answer["error"]["data"] == {"external_id": ["Unknown field."]}


async def test_an_incoming_message_is_by_a_customer_and_has_no_receiver(gorgias: Caller) -> None:
    made = await gorgias.note_ticket()
    path = f"/api/tickets/{made['id']}/messages"
    words = {"channel": "api", "via": "api", "from_agent": False, "body_text": "Wet!"}
    assert (await gorgias.call("POST", path, words))[0] == 400
    assert (await gorgias.call("POST", path, {**words, "sender": MIRA, "receiver": MIRA}))[0] == 400
    message = await gorgias.create(path, {**words, "sender": MIRA})
    assert message["sender"]["email"] == "mira@example.org"
    assert message["receiver"] is None


async def test_only_notes_mention_and_only_users(gorgias: Caller) -> None:
    path = f"/api/tickets/{(await gorgias.note_ticket())['id']}/messages"
    assert (await gorgias.call("POST", path, {**REPLY, "mention_ids": [3]}))[0] == 400
    note = {**REPLY, "channel": "internal-note"}
    assert (await gorgias.call("POST", path, {**note, "mention_ids": [99]}))[0] == 400
    assert (await gorgias.create(path, {**note, "mention_ids": [3]}))["mention_ids"] == [3]


async def test_a_message_can_be_rewritten_and_deleted(gorgias: Caller) -> None:
    made = await gorgias.note_ticket()
    path = f"/api/tickets/{made['id']}/messages/{made['messages'][0]['id']}"
    kept = {"channel": "internal-note", "via": "api", "from_agent": True}
    status, answer = await gorgias.call("PUT", path, {"body_text": "Edited."})
    assert status == 400
    assert set(answer["error"]["data"]) == set(kept)
    assert (await gorgias.call("PUT", path, {**kept, "body_text": "Edited."}))[0] == 202
    assert (await gorgias.get(path))["body_text"] == "Edited."
    assert (await gorgias.call("DELETE", path))[0] == 204
    assert (await gorgias.get(f"/api/tickets/{made['id']}"))["messages"] == []
