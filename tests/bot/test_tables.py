"""What a command says of a database that does not let it in."""

from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from bot.cli import main

DOES_NOT_EXIST = (
    'The database cannot be used: database "no_such_shop" does not exist. Check DATABASE_URL.\n'
)
CREDENTIALS = {
    "SLACK_BOT_TOKEN": "xoxb-1-a",
    "SLACK_APP_TOKEN": "xapp-1-a",
    "SLACK_API_URL": "http://127.0.0.1:9/api/",
    "GORGIAS_BASE_URL": "http://127.0.0.1:9",
    "GORGIAS_USERNAME": "anna@example.com",
    "GORGIAS_API_KEY": "not-a-key",
    "HTTP_PORT": "0",
}
"""Of a Slack and a Gorgias that nobody is."""
COMMANDS = (["db", "upgrade"], ["score"], ["ask", "/insights cohorts"], ["import", "orders.csv"])


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("postgresql://anna:secret@127.0.0.1:1/shop", "Connect call failed"),
        ("sqlite:////proc/nowhere/shop.db", "No such file or directory"),
    ],
)
def test_a_database_that_cannot_be_reached_is_one_sentence_without_the_password(
    command: list[str],
    address: str,
    why: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", address)
    Path("orders.csv").write_text("number\n1\n", encoding="utf-8")
    assert main(command) == 2
    told = capsys.readouterr().err
    assert told.startswith("The database cannot be used: ")
    assert why in told
    assert told.endswith("Check DATABASE_URL.\n")
    assert told.count("\n") == 1
    assert "secret" not in told


@pytest.mark.parametrize("command", ["score", "doctor"])
def test_a_database_that_does_not_exist_is_one_sentence(
    command: str,
    postgres: URL,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nowhere = postgres.set(database="no_such_shop").render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", nowhere)
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    assert main([command]) == 2
    assert capsys.readouterr().err == DOES_NOT_EXIST


def test_the_bot_ends_with_that_sentence_too(
    postgres: URL, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = postgres.set(database="no_such_shop").render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", nowhere)
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    assert main(["run"]) == 2
    told = capsys.readouterr().err
    assert told.endswith(DOES_NOT_EXIST)
    assert "Traceback" not in told
