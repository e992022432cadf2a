"""Threads as the workspace gives them, for tests that need no Slack."""

from datetime import UTC, datetime
from html import escape

from services.ports import File, Message, Thread

CHANNEL, ROOT = "C0SUPPORT", "1700000000.000100"


def file(name: str = "mug.png") -> File:
    return File("F1", name, "image/png", 10, "/files/F1", f"https://slack.test/{name}")


def message(
    text: str, number: int = 0, *, files: tuple[File, ...] = (), is_card: bool = False
) -> Message:
    ts = f"1700000000.{number + 100:06}"
    return Message(
        ts=ts,
        author="Ben <Ops>",
        author_id="U0BEN",
        at=datetime.fromtimestamp(float(ts), UTC),
        text=text,
        html=escape(text),
        files=files,
        is_card=is_card,
    )


def thread(*messages: Message | str, left_out: int = 0) -> Thread:
    given = [
        message(each, number) if isinstance(each, str) else each
        for number, each in enumerate(messages)
    ]
    return Thread(CHANNEL, "support", ROOT, tuple(given), left_out)
