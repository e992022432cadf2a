"""The self-check against both emulators: what is right, and the sentence for what is not."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

import listeners
from services.errors import UnavailableError
from services.setup_checks import SCOPES, Check
from storage.imports import finish_run, start_run
from tests.wired import BOT, SUPPORT, Wired, open_wired


@pytest.fixture
async def wired(database_url: str) -> AsyncIterator[Wired]:
    async with open_wired(database_url) as wired:
        yield wired


async def look(wired: Wired) -> dict[str, Check]:
    return {check.name: check for check in await wired.parts.services.setup_checks.run()}


async def imported(wired: Wired, at: datetime) -> None:
    async with wired.parts.database.transaction() as connection:
        run = await start_run(connection, kind="shopify", file_name="f", file_hash="h", now=at)
        await finish_run(connection, run, state="done", report={}, now=at)


def test_every_scope_of_the_manifest_has_its_reason_and_no_other() -> None:
    path = Path(listeners.__file__).parent.parent / "manifest.yml"
    manifest = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert set(SCOPES) == set(manifest["oauth_config"]["scopes"]["bot"])


async def test_what_is_right_is_marked_in_words_and_with_a_mark(wired: Wired) -> None:
    await imported(wired, datetime.now(UTC))
    checks = await look(wired)
    assert {name for name, check in checks.items() if check.is_ok} == {
        "Slack scopes",
        "Gorgias login",
        "Database",
        "Data age",
        "Channels",
        "Emoji",
        "People",
    }
    assert checks["Channels"].line == "✔ Channels: I am in #orders, #shared-acme, #support."
    assert "answers" in checks["Database"].sentence


async def test_missing_scope_is_named_with_what_does_not_work(wired: Wired) -> None:
    manifest = wired.slack.slack.manifest
    object.__setattr__(manifest, "scopes", manifest.scopes - {"files:read"})
    check = (await look(wired))["Slack scopes"]
    assert not check.is_ok
    assert "files:read (files of a thread are linked, not copied)" in check.sentence
    assert "install the app again" in check.sentence


async def test_refused_slack_token_says_where_to_get_a_new_one(wired: Wired) -> None:
    wired.slack.slack.faults.merge({"revoked": True})
    checks = await look(wired)
    assert "Slack refuses SLACK_BOT_TOKEN (token_revoked)" in checks["Slack scopes"].sentence
    assert checks["Gorgias login"].is_ok


async def test_refused_gorgias_key_names_the_settings_and_not_their_values(wired: Wired) -> None:
    wired.gorgias_faults(wrong_key=True)
    check = (await look(wired))["Gorgias login"]
    assert "GORGIAS_USERNAME and GORGIAS_API_KEY are refused" in check.sentence
    assert "playground-key" not in check.sentence


async def test_gorgias_that_is_merely_away_asks_for_patience(wired: Wired) -> None:
    wired.gorgias_faults(down=True, writes_only=False)
    check = (await look(wired))["Gorgias login"]
    assert "Gorgias is not answering" in check.sentence
    assert "is saved" in check.sentence


async def test_age_of_the_data_asks_for_an_import(wired: Wired) -> None:
    assert "no orders have been imported yet" in (await look(wired))["Data age"].sentence
    await imported(wired, datetime.now(UTC) - timedelta(days=9))
    check = (await look(wired))["Data age"]
    assert not check.is_ok
    assert check.sentence.startswith("the newest import is 9 days old.")


async def test_bot_in_no_channel_is_told_how_to_invite_it(wired: Wired) -> None:
    for channel in ("C0ORDERS", "C0SHARED", SUPPORT):
        await wired.person("member", channel=channel, user=BOT, **{"in": False})
    check = (await look(wired))["Channels"]
    assert not check.is_ok
    assert "/invite @regulars" in check.sentence


async def test_emoji_with_two_meanings_names_both_settings(database_url: str) -> None:
    async with open_wired(database_url, resolve_emoji=("eyes",)) as wired:
        check = (await look(wired))["Emoji"]
    assert not check.is_ok
    assert check.sentence.startswith(":eyes: stands in RESOLVE_EMOJI and in CLAIM_EMOJI.")


async def test_people_without_a_gorgias_user_are_named(wired: Wired) -> None:
    for user in wired.gorgias.desk.users.values():
        if user["email"].startswith("maya"):
            user["email"] = "elsewhere@playground.test"
    check = (await look(wired))["People"]
    assert not check.is_ok
    assert check.sentence.startswith("Maya Lindqvist of 3 have no Gorgias user")


async def test_what_was_found_is_remembered_for_a_minute(wired: Wired) -> None:
    checks = wired.parts.services.setup_checks
    first = await checks.recent()
    wired.slack.slack.faults.merge({"revoked": True})
    assert await checks.recent() == first
    assert await checks.run() != first


async def test_refused_token_is_no_reason_to_fail(wired: Wired) -> None:
    wired.slack.slack.faults.merge({"revoked": True})
    with pytest.raises(UnavailableError):
        await wired.parts.services.surroundings.channels()
    assert not (await look(wired))["Channels"].is_ok
