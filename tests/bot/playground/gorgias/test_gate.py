import aiohttp
import pytest

from bot.playground.gorgias.faults import Fate, Faults
from bot.playground.gorgias.ratelimit import LeakyBucket
from tests.bot.playground.gorgias.caller import KEY, Caller, note_ticket


@pytest.mark.parametrize(
    "key",
    [
        {},
        {"Authorization": "Bearer playground-key"},
        {"Authorization": aiohttp.encode_basic_auth("bot@playground.test", "wrong")},
        {"Authorization": aiohttp.encode_basic_auth("eve@playground.test", "playground-key")},
    ],
)
async def test_only_the_right_user_with_the_right_key_gets_in(
    gorgias: Caller, key: dict[str, str]
) -> None:
    async with gorgias.session.get("/api/account", headers=key) as answer:
        assert answer.status == 401


def test_the_bucket_refuses_the_call_over_the_limit_and_says_when_to_return() -> None:
    at = [0.0]
    bucket = LeakyBucket(40, 20, clock=lambda: at[0])
    assert [bucket.take() for _ in range(40)] == [0] * 40
    assert bucket.usage == "40/40"
    assert bucket.take() == 1
    at[0] += 0.5
    assert bucket.take() == 0
    at[0] += 20
    assert bucket.usage.endswith("/40")
    assert [bucket.take() for _ in range(41)][-1] == 1


async def test_too_many_calls_get_429_with_a_wait_and_each_answer_the_usage(
    gorgias: Caller,
) -> None:
    await gorgias.play("faults", {"limit": 3, "window": 60})
    seen = []
    for _ in range(4):
        async with gorgias.session.get("/api/account", headers=KEY) as answer:
            usage = answer.headers["X-Gorgias-Account-Api-Call-Limit"]
            seen.append((answer.status, usage, answer.headers.get("Retry-After")))
    assert seen == [(200, "1/3", None), (200, "2/3", None), (200, "3/3", None), (429, "3/3", "20")]


@pytest.mark.parametrize(
    ("fault", "status"),
    [("down", 503), ("rate_limited", 429), ("wrong_key", 401), ("read_only", 403)],
)
async def test_a_switched_on_fault_refuses_writes_and_does_nothing(
    gorgias: Caller, fault: str, status: int
) -> None:
    await gorgias.play("faults", {fault: True})
    assert (await gorgias.call("POST", "/api/tickets", note_ticket()))[0] == status
    await gorgias.play("faults", {fault: False})
    assert (await gorgias.play("state"))["tickets"] == []
    assert (await gorgias.call("POST", "/api/tickets", note_ticket()))[0] == 201
    calls = (await gorgias.play("log"))["calls"]
    assert [(call["status"], call["fault"]) for call in calls] == [(status, fault), (201, None)]


@pytest.mark.parametrize(
    ("fault", "tickets"), [({"refuse": True}, 0), ({"lose_reply_rate": 1.0}, 1)]
)
async def test_a_cut_call_is_undone_when_refused_and_done_when_only_the_reply_was_lost(
    gorgias: Caller, fault: dict[str, object], tickets: int
) -> None:
    await gorgias.play("faults", fault)
    with pytest.raises(aiohttp.ClientConnectionError):
        await gorgias.call("POST", "/api/tickets", note_ticket())
    assert len((await gorgias.play("state"))["tickets"]) == tickets


async def test_an_error_answer_means_nothing_was_done(gorgias: Caller) -> None:
    await gorgias.play("faults", {"error_rate": 1.0})
    assert (await gorgias.call("POST", "/api/tickets", note_ticket()))[0] == 500
    assert (await gorgias.get("/api/tickets"))["data"] == []
    await gorgias.play("faults", {"writes_only": False})
    assert (await gorgias.call("GET", "/api/tickets"))[0] == 500


async def test_a_late_commit_appears_after_the_caller_was_cut(gorgias: Caller) -> None:
    await gorgias.play("faults", {"late_commit_rate": 1.0, "late_commit_seconds": 0.3})
    with pytest.raises(aiohttp.ClientConnectionError):
        await gorgias.call("POST", "/api/tickets", note_ticket())
    assert (await gorgias.play("state"))["tickets"] == []
    async with gorgias.session.get("/play/gorgias/stream") as stream:
        while not (await gorgias.play("state"))["tickets"]:
            await stream.content.readline()


async def test_a_new_ticket_can_be_read_before_lists_show_it(gorgias: Caller) -> None:
    await gorgias.play("faults", {"list_lag_seconds": 3600})
    made = await gorgias.note_ticket(external_id="slack:T:C:1")
    assert (await gorgias.get("/api/tickets?external_id=slack:T:C:1"))["data"] == []
    assert (await gorgias.get(f"/api/tickets/{made['id']}"))["id"] == made["id"]
    await gorgias.play("faults", {"list_lag_seconds": 0})
    assert len((await gorgias.get("/api/tickets?external_id=slack:T:C:1"))["data"]) == 1


async def test_a_body_beyond_all_bounds_is_refused(gorgias: Caller) -> None:
    huge = note_ticket(subject="x" * (65 * 1024 * 1024))
    assert (await gorgias.call("POST", "/api/tickets", huge))[0] == 413


async def test_an_account_may_insist_on_a_customer(gorgias: Caller) -> None:
    await gorgias.play("faults", {"customer_required": True})
    status, answer = await gorgias.call("POST", "/api/tickets", note_ticket())
    assert status == 400
    assert list(answer["error"]["data"]) == ["customer"]
    await gorgias.note_ticket(customer={"email": "olivia@playground.test"})


def test_a_seed_gives_the_same_fates_again() -> None:
    faults = Faults()
    mixed = {"error_rate": 0.2, "lose_reply_rate": 0.2, "late_commit_rate": 0.2, "seed": 7}
    faults.merge(mixed)
    first = [faults.fate("POST") for _ in range(200)]
    faults.merge(mixed)
    assert [faults.fate("POST") for _ in range(200)] == first
    assert set(first) == set(Fate)
    assert {faults.fate("GET") for _ in range(50)} == {Fate.ANSWERED}


@pytest.mark.parametrize("fault", [{"donw": True}, {"down": 1}, {"limit": 0}, {"seed": "x"}])
async def test_an_impossible_fault_is_refused_in_a_sentence(
    gorgias: Caller, fault: dict[str, object]
) -> None:
    async with gorgias.session.post("/play/gorgias/faults", json=fault) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"].endswith(".")


async def test_unknown_paths_and_methods_answer_in_the_shape_of_the_api(gorgias: Caller) -> None:
    assert (await gorgias.call("GET", "/api/tickets/search"))[0] == 404
    status, answer = await gorgias.call("DELETE", "/api/account")
    assert status == 405
    assert answer["error"]["msg"]
