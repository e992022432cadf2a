"""What a command says of a database that does not let it in."""

from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from bot.cli import main

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


def test_a_database_that_does_not_exist_is_one_sentence(
    postgres: URL, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = postgres.set(database="no_such_shop").render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", nowhere)
    assert main(["score"]) == 2
    told = capsys.readouterr().err
    assert told == (
        'The database cannot be used: database "no_such_shop" does not exist. Check DATABASE_URL.\n'
    )
