"""What people see beside channels: the Home tab, forms, and words to them alone."""

import asyncio
import sys
from pathlib import Path

import httpx

from tests.end_to_end.playground import SUPPORT, Bot, Json, Playground, eventually


async def import_orders(bot: Bot, path: Path, content: str, mapping: str) -> None:
    """Import a file as somebody at the terminal would."""
    await asyncio.to_thread(path.write_text, content)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "import", str(path), "--map", mapping),
        cwd=bot.environment["DATA_DIR"],
        env=bot.environment,
        stdout=asyncio.subprocess.DEVNULL,
    )
    assert await process.wait() == 0


async def home_of(playground: Playground, user: str, words: str = "") -> Json:
    """Wait until this person's Home tab holds `words`."""

    async def saying() -> Json | None:
        home = (await playground.slack_state(user))["home"]
        return home if home and words in str(home["blocks"]) else None

    found = await eventually(saying, what=f"a Home tab saying {words!r}")
    assert found is not None
    return found


async def open_home(playground: Playground, user: str, words: str = "") -> Json:
    """Open the tab and wait until it was drawn anew."""
    before = (await playground.slack_state(user))["home"]
    await playground.person("home", user=user)

    async def drawn() -> bool:
        home = (await playground.slack_state(user))["home"]
        return bool(home) and home["hash"] != (before or {}).get("hash")

    await eventually(drawn, what=f"the Home tab of {user}")
    return await home_of(playground, user, words)


async def form_of(playground: Playground, user: str, words: str = "") -> Json:
    """Wait until the form on top of this person's screen holds `words`."""

    async def saying() -> Json | None:
        views = (await playground.slack_state(user))["views"]
        return views[-1] if views and words in str(views[-1]) else None

    found = await eventually(saying, what=f"a form saying {words!r}")
    assert found is not None
    return found


async def press(playground: Playground, user: str, view: Json, action_id: str, **more: str) -> None:
    await playground.person(
        "view/click", user=user, view_id=view["id"], action_id=action_id, **more
    )


async def submit(playground: Playground, user: str, view: Json, **typed: str) -> Json:
    """Type into the fields and send; returns what the form answered."""
    values = {block_id: {"value": text} for block_id, text in typed.items()}
    return await playground.person("view/submit", user=user, view_id=view["id"], values=values)


async def heard(
    playground: Playground, user: str, words: str, channel: str = SUPPORT, after: str = ""
) -> Json:
    """Wait for a word to this person alone that holds `words`."""

    async def saying() -> Json | None:
        told = await playground.whispers(user, channel)
        fitting = [each for each in told if each["ts"] > after and words in str(each)]
        return fitting[-1] if fitting else None

    found = await eventually(saying, what=f"a word to {user} saying {words!r}")
    assert found is not None
    return found


async def ask(
    playground: Playground, user: str, command: str, text: str, words: str, channel: str = SUPPORT
) -> Json:
    """Type a command and wait for the answer that holds `words`."""
    told = await playground.whispers(user, channel)
    after = max((each["ts"] for each in told), default="")
    await playground.command(user, command, text, channel)
    return await heard(playground, user, words, channel, after)


async def direct(playground: Playground, user: str, words: str, after: str = "") -> Json:
    """Wait for a direct message of the bot that holds `words`."""

    async def saying() -> Json | None:
        told = await playground.direct_messages(user)
        fitting = [each for each in told if each["ts"] > after and words in str(each)]
        return fitting[-1] if fitting else None

    found = await eventually(saying, what=f"a direct message to {user} saying {words!r}")
    assert found is not None
    return found


def buttons(blocks: list[Json]) -> set[str]:
    """The words on every button of these blocks."""
    found = [element for block in blocks for element in block.get("elements") or ()]
    found += [block["accessory"] for block in blocks if block.get("accessory")]
    return {each["text"]["text"] for each in found if each.get("type") == "button"}


async def report(bot: Bot) -> Json:
    """What the bot says of its own health."""
    async with httpx.AsyncClient(timeout=5) as http:
        url = f"http://127.0.0.1:{bot.environment['HTTP_PORT']}/health/ready"
        return dict((await http.get(url)).json())
