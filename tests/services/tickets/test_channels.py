"""The bot's first minutes in a channel."""

import pytest

from services.tickets.intake import Invitation
from tests.wired import BEN, MAYA, OLIVIA, SUPPORT, Wired

EVERYDAY = 40
"""Ten times a week."""


async def invited(wired: Wired, by: str) -> None:
    await wired.parts.services.intake.invitation(Invitation("T0", SUPPORT, "1.0", by), "test")
    await wired.work()


async def told(wired: Wired, user: str) -> list[str]:
    room = await wired.parts.services.workspace.direct_channel(user)
    return [each["text"] for each in await wired.messages(room or "")]


@pytest.mark.parametrize(("uses", "times"), [(EVERYDAY - 1, 0), (EVERYDAY, 1)])
async def test_who_invited_us_hears_that_an_emoji_is_everyday_language_there(
    wired: Wired, uses: int, times: int
) -> None:
    for number in range(uses):
        ts = await wired.say(f"Lunch {number}?")
        await wired.person("react", user=MAYA, channel=SUPPORT, ts=ts, name="white_check_mark")
    await invited(wired, OLIVIA)
    heard = [text for text in await told(wired, OLIVIA) if "/regulars settings" in text]
    assert len(heard) == times
    assert all(":white_check_mark: (about 10 times a week)" in text for text in heard)
    assert not [text for text in await told(wired, BEN) if "a week" in text]


async def test_hello_names_the_emoji_of_the_channel(wired: Wired) -> None:
    await invited(wired, OLIVIA)
    [hello] = [m["text"] for m in await wired.messages() if m["text"].startswith("Hello!")]
    assert all(name in hello for name in (":ticket:", ":eyes:", ":white_check_mark:"))
