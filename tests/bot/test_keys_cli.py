"""`regulars keys` as somebody would use it."""

import json
from pathlib import Path

import pytest

from bot.cli import main
from services.api_keys import ApiKeys
from storage.database import Database
from tests.postgres import in_thread


@pytest.fixture(autouse=True)
def _settings(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)


def keys(*arguments: str) -> int:
    return main(["keys", *arguments])


def test_new_key_stands_alone_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert keys("create", "--owner", "olivia", "--scope", "customers:read,tickets:read") == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("rgk_")
    assert len(shown.out.split()) == 1
    assert shown.out.strip() not in shown.err
    assert "not shown again" in shown.err


def test_list_shows_states_and_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    assert keys("list") == 0
    assert "no key yet" in capsys.readouterr().out
    for owner in ("olivia", "ben"):
        assert keys("create", "--owner", owner, "--scope", "admin", "--days", "3") == 0
    secrets = capsys.readouterr().out.split()
    assert keys("revoke", "1") == 0
    assert keys("rotate", "2", "--overlap-hours", "0") == 0
    capsys.readouterr()
    assert keys("list") == 0
    assert "replaces 2" in capsys.readouterr().out.splitlines()[2]
    assert keys("list", "--json") == 0
    shown = capsys.readouterr().out
    assert [key["state"] for key in json.loads(shown)] == ["revoked", "expired", "active"]
    assert not any(secret in shown for secret in secrets)


def test_list_says_why_a_key_ended_with_its_owner(
    capsys: pytest.CaptureFixture[str], database: Database
) -> None:
    assert keys("create", "--owner", "U0BENJAMIN", "--scope", "admin") == 0
    in_thread(ApiKeys(database).owner_left("U0BENJAMIN"))
    assert keys("list") == 0
    assert "Slack deactivated its owner" in capsys.readouterr().out


def test_wrong_wishes_are_a_sentence_and_an_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert keys("create", "--owner", "x", "--scope", "everything") == 2
    assert "customers:read" in capsys.readouterr().err
    assert keys("revoke", "7") == 1
    assert "no key 7" in capsys.readouterr().err
    assert keys("create", "--owner", "x", "--scope", "admin") == 0
    assert keys("rotate", "1", "--overlap-hours", "1e300") == 2
