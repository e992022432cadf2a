from pathlib import Path

import pytest
from pydantic import ValidationError

from bot import settings_page
from bot.settings import Settings, SettingsProblem, load_settings

ACCOUNTS = {
    "SLACK_BOT_TOKEN": "xoxb-canary-1",
    "SLACK_APP_TOKEN": "xapp-canary-2",
    "GORGIAS_BASE_URL": "https://acme.gorgias.com",
    "GORGIAS_USERNAME": "bot@acme.test",
    "GORGIAS_API_KEY": "canary-3",
}


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_defaults_are_those_of_the_design() -> None:
    settings = load_settings(require_slack=False)
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.gorgias_calls_per_second == 1.75
    assert settings.gorgias_call_burst == 5
    assert (settings.gorgias_settle_seconds, settings.gorgias_settle_short_seconds) == (30, 3)
    assert (settings.http_host, settings.http_port) == ("127.0.0.1", 8080)
    assert settings.ticket_emoji == ("ticket", "admission_tickets")
    assert settings.database_url == "sqlite+aiosqlite:///data/regulars.db"


@pytest.mark.parametrize("missing", ACCOUNTS)
def test_missing_account_is_one_sentence_that_names_it_and_where_to_get_it(
    missing: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in ACCOUNTS.items():
        monkeypatch.setenv(name, "  " if name == missing else value)
    with pytest.raises(SettingsProblem) as problem:
        load_settings()
    assert str(problem.value).startswith(f"{missing} is not set")
    assert "api.slack.com" in str(problem.value) or "Gorgias → Settings" in str(problem.value)


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("SLACK_BOT_TOKEN", "xapp-canary", "must start with xoxb-"),
        ("HTTP_PORT", "canary", "must be a valid integer"),
        ("HTTP_PORT", "70000", "must be less than or equal to 65535"),
        ("LOG_LEVEL", "canary", "must be 'DEBUG'"),
        ("REDIS_URL", "http://canary@host", "must start with redis://"),
        ("REDIS_URL", "redis://host:canary/0", "must be an address such as"),
        ("DATABASE_URL", "mysql://canary:canary@host/db", "must start with sqlite:///"),
        ("GORGIAS_BASE_URL", "canary.gorgias.com", "must be an address"),
        ("GORGIAS_BASE_URL", "https://canary:canary@acme.test", "must hold only"),
        ("SHOP_CURRENCY", "canary", "must be three capital letters"),
        ("SHOP_TIME_ZONE", "Europe/Canary", "must be a time zone"),
        ("TICKET_EMOJI", "can ary", "must be plain emoji names"),
        ("TICKET_EMOJI", ",", "must be plain emoji names"),
        ("ADMIN_USERS", "canary", "must be Slack member ids"),
    ],
)
def test_malformed_value_is_named_and_never_printed(
    name: str,
    value: str,
    rule: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for account, plain in ACCOUNTS.items():
        monkeypatch.setenv(account, plain)
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsProblem) as problem:
        load_settings()
    assert str(problem.value).startswith(f"{name} {rule}")
    assert "canary" not in str(problem.value)
    assert problem.value.__cause__ is None


def test_addresses_and_lists_are_brought_to_one_spelling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:8090/api")
    monkeypatch.setenv("GORGIAS_BASE_URL", "https://acme.gorgias.com/api/")
    monkeypatch.setenv("TICKET_EMOJI", ":ticket: , Eyes,")
    monkeypatch.setenv("DATABASE_URL", "postgres://u:p@db/regulars")
    settings = load_settings(require_slack=False)
    assert settings.slack_api_url == "http://127.0.0.1:8090/api/"
    assert settings.gorgias_base_url == "https://acme.gorgias.com"
    assert settings.ticket_emoji == ("ticket", "eyes")
    assert settings.database_url == "postgresql+asyncpg://u:p@db/regulars"


def test_environment_wins_over_the_file_and_blanks_count_as_not_set(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / ".env").write_text("HTTP_PORT=9001\nHTTP_HOST=0.0.0.0\nDATA_DIR=\nUNKNOWN=1\n")
    monkeypatch.setenv("HTTP_PORT", "9002")
    monkeypatch.setenv("HTTP_HOST", "")
    settings = load_settings(require_slack=False)
    assert (settings.http_port, settings.http_host) == (9002, "0.0.0.0")  # noqa: S104 - a value
    assert settings.data_dir == Path("data")


def test_secrets_are_hidden_when_printed_and_listed_for_the_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in ACCOUNTS.items():
        monkeypatch.setenv(name, f" {value}\n")
    monkeypatch.setenv("DATABASE_URL", "postgres://u:canary-4@db/regulars")
    settings = load_settings()
    assert "canary" not in repr(settings)
    assert {"xoxb-canary-1", "xapp-canary-2", "canary-3"} <= set(settings.secrets())


def test_settings_cannot_be_changed() -> None:
    settings = load_settings(require_slack=False)
    with pytest.raises(ValidationError):
        settings.http_port = 1  # type: ignore[misc]


def test_every_option_is_described_and_the_page_is_current() -> None:
    assert all(field.description for field in Settings.model_fields.values())
    assert settings_page.main(["--check"]) == 0


def test_example_file_names_only_options_there_are() -> None:
    example = Path(settings_page.__file__).parent.parent / ".env.example"
    lines = (line.removeprefix("#").strip() for line in example.read_text().splitlines())
    names = {line.partition("=")[0] for line in lines if "=" in line and " " not in line}
    assert names
    assert names <= {name.upper() for name in Settings.model_fields}
