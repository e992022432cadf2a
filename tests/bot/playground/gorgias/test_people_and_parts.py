import aiohttp

from tests.bot.playground.gorgias.caller import KEY, Caller


async def test_customers_are_found_by_primary_address_number_and_channel(gorgias: Caller) -> None:
    phone = {"type": "phone", "address": "+442079460123"}
    made = await gorgias.create(
        "/api/customers",
        {"email": "Mira@example.org", "name": "Mira Ost", "external_id": "c9", "channels": [phone]},
    )
    for asked in (
        "email=mira@example.org",
        "external_id=c9",
        "channel_type=phone&channel_address=%2B442079460123",
        "channel_type=email&channel_address=mira@example.org",
    ):
        found = await gorgias.get(f"/api/customers?{asked}")
        assert [customer["id"] for customer in found["data"]] == [made["id"]], asked
    assert (await gorgias.get("/api/customers?email=other@example.org"))["data"] == []


async def test_one_address_belongs_to_one_customer(gorgias: Caller) -> None:
    mira = await gorgias.create("/api/customers", {"email": "mira@example.org"})
    olga = await gorgias.create("/api/customers", {"email": "olga@example.org"})
    status, _ = await gorgias.call("POST", "/api/customers", {"email": "MIRA@example.org"})
    assert status == 409
    path = f"/api/customers/{olga['id']}"
    assert (await gorgias.call("PUT", path, {"email": mira["email"]}))[0] == 409
    status, changed = await gorgias.call("PUT", path, {"name": "Olga Berg"})
    assert status == 200
    assert (changed["email"], changed["lastname"]) == ("olga@example.org", "Berg")


async def test_users_are_the_people_of_the_playground(gorgias: Caller) -> None:
    assert (await gorgias.get("/api/users/0"))["email"] == "bot@playground.test"
    [maya] = (await gorgias.get("/api/users?email=maya@playground.test"))["data"]
    assert maya["name"] == "Maya Lindqvist"
    [ben] = (await gorgias.get("/api/users?search=okafor"))["data"]
    assert ben["role"]["name"] == "agent"
    assert (await gorgias.call("GET", "/api/users/99"))[0] == 404
    assert (await gorgias.get("/api/account"))["domain"] == "playground"


async def test_tags_are_added_removed_and_set_without_touching_others(gorgias: Caller) -> None:
    made = await gorgias.note_ticket(tags=[{"name": "slack"}])
    path = f"/api/tickets/{made['id']}/tags"

    async def names() -> list[str]:
        return [tag["name"] for tag in (await gorgias.get(path))["data"]]

    assert await gorgias.call("POST", path, {"names": ["vip", "slack"]}) == (201, None)
    assert await names() == ["slack", "vip"]
    assert await gorgias.call("DELETE", path, {"names": ["slack"]}) == (204, None)
    assert await names() == ["vip"]
    assert await gorgias.call("PUT", path, {"names": ["Slack"]}) == (202, None)
    assert await names() == ["Slack"]
    listed = await gorgias.get("/api/tags?search=SLACK&order_by=name:asc")
    assert [(tag["name"], tag["usage"]) for tag in listed["data"]] == [("Slack", 1), ("slack", 0)]


async def test_an_uploaded_file_comes_back_under_its_label_and_only_with_the_key(
    gorgias: Caller,
) -> None:
    form = aiohttp.FormData()
    form.add_field("box.png", b"\x89PNG!", filename="IMG_1.png", content_type="image/png")
    async with gorgias.session.post(
        "/api/upload?type=attachment", data=form, headers=KEY
    ) as answer:
        assert answer.status == 201
        [file] = await answer.json()
    assert (file["name"], file["content_type"], file["size"]) == ("box.png", "image/png", 5)
    async with gorgias.session.get(file["url"], headers=KEY) as answer:
        assert await answer.read() == b"\x89PNG!"
    async with gorgias.session.get(file["url"]) as answer:
        assert answer.status == 401
    made = await gorgias.note_ticket()
    note = {"channel": "internal-note", "via": "api", "from_agent": True, "attachments": [file]}
    path = f"/api/tickets/{made['id']}/messages"
    kept = await gorgias.create(path, {**note, "sender": {"id": 1}})
    assert kept["attachments"] == [file]


async def test_a_ticket_has_at_most_one_survey(gorgias: Caller) -> None:
    made = await gorgias.note_ticket(customer={"email": "mira@example.org"})
    survey = {"ticket_id": made["id"], "customer_id": made["customer"]["id"], "score": 4}
    await gorgias.create("/api/satisfaction-surveys", survey)
    assert (await gorgias.call("POST", "/api/satisfaction-surveys", survey))[0] == 400
    [listed] = (await gorgias.get("/api/satisfaction-surveys"))["data"]
    assert listed["score"] == 4
    wrong = {**survey, "score": 6}
    assert (await gorgias.call("POST", "/api/satisfaction-surveys", wrong))[0] == 400
