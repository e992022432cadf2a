import io
import json
import logging
from collections.abc import Callable

import pytest
import structlog

from bot.logs import Redaction, configure_logs

CANARIES = ("canary-key-1", "CanarySecret2", "canary", "Canary")


@pytest.fixture(params=["json", "console"])
def written(request: pytest.FixtureRequest) -> Callable[[], str]:
    stream = io.StringIO()
    configure_logs("DEBUG", request.param, secrets=("canary-key-1",), stream=stream)
    return stream.getvalue


def test_secrets_and_people_never_reach_the_output_at_debug(written: Callable[[], str]) -> None:
    log = structlog.get_logger("test")
    structlog.contextvars.bind_contextvars(correlation_id="E-7")
    log.debug("call.sent", url="https://u:CanarySecret2@acme.test", key="canary-key-1")
    log.info("person.seen", email="canary@acme.test", text="Canary wrote this", name="Canary")
    log.info("person.seen", note="ask canary@acme.test or xoxb-canary-1 or xapp-1-canary")
    log.info("call.sent", request={"headers": {"Authorization": "Basic canary=="}, "id": 3})
    log.info("call.sent", detail=["Bearer canary0000", {"api_key": "canary"}])
    try:
        int("canary@acme.test xoxb-canary-2")
    except ValueError:
        log.exception("job.failed")
        logging.getLogger("slack_bolt.App").exception("went wrong with canary-key-1")
    logging.getLogger("slack_bolt.App").warning("Unhandled request ({'text': 'Canary \\' here'})")
    logging.getLogger("slack_sdk.socket_mode").debug("frame: Canary text")
    logging.getLogger("httpx").info("GET https://acme.test/?email=Canary")
    assert "E-7" in written()
    assert "job.failed" in written()
    assert [canary for canary in CANARIES if canary in written()] == []


def test_libraries_stay_quiet_even_when_their_loggers_are_turned_down(
    written: Callable[[], str],
) -> None:
    logger = logging.getLogger("slack_sdk.web.async_client")
    logger.setLevel(logging.DEBUG)
    try:
        logger.debug("payload")
    finally:
        logger.setLevel(logging.NOTSET)
    assert written() == ""


@pytest.mark.parametrize(
    "value",
    [
        "1763848586.123456",
        "C0SUPPORT",
        "slack:T0PLAY:C0SUPPORT:1763848586.123456",
        "2026-11-22T21:36:26Z",
        "2026-11-22 21:36:26",
        "127.0.0.1:8080",
        "0.250 s",
        "ticket 1042",
        "10000",
    ],
)
def test_ids_times_and_addresses_stay_readable(value: str) -> None:
    assert Redaction().text(value) == value


@pytest.mark.parametrize(
    "value",
    ["+44 20 7946 0000", "020 7946 0000", "(555) 123-4567", "555-123-4567", "+15551234567"],
)
def test_phone_numbers_are_hidden(value: str) -> None:
    assert Redaction().text(f"call {value} now") == "call [hidden] now"


def test_short_placeholder_secret_leaves_the_words_around_it_readable() -> None:
    assert Redaction(["key"]).text("key keys socket.key") == "[hidden] keys socket.[hidden]"
    assert Redaction(["0123456789"]).text("a0123456789b") == "a[hidden]b"


def test_json_lines_carry_level_logger_time_and_fields() -> None:
    stream = io.StringIO()
    configure_logs("INFO", "json", stream=stream)
    structlog.get_logger("bot.worker").debug("job.claimed")
    structlog.get_logger("bot.worker").info("job.done", job=7, seconds=0.25, ok=True)
    logging.getLogger("uvloop").warning("plain %s", "words")
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert first.pop("timestamp")
    assert first == {
        "event": "job.done",
        "level": "info",
        "logger": "bot.worker",
        "job": 7,
        "seconds": 0.25,
        "ok": True,
    }
    assert (second["event"], second["level"]) == ("plain words", "warning")
