import base64
import json
import os
import signal
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE
from pathlib import Path

import aiohttp

from bot.playground.slack import SlackEmulator
from tests.bot.playground.slack_world import manifest, open_world

ROOT = Path(__file__).resolve().parents[3]


async def test_a_workspace_is_the_same_after_a_restart(tmp_path: Path) -> None:
    async with open_world(SlackEmulator(manifest(), tmp_path)) as world:
        content = base64.b64encode(b"broken mug").decode()
        files = [{"name": "mug.txt", "content_base64": content}]
        root = await world.write("look", files=files)
        await world.write("reply", thread_ts=root)
        await world.play("react", user="U0MAYA", channel="C0SUPPORT", ts=root, name="ticket")
        await world.web.chat_postEphemeral(channel="C0SUPPORT", user="U0BEN", text="only you")
        home = {"type": "home", "blocks": [{"type": "divider"}]}
        await world.web.views_publish(user_id="U0BEN", view=home)
        before = await world.see("state")
    async with open_world(SlackEmulator(manifest(), tmp_path)) as world:
        after = await world.see("state")
        assert {**after, "revision": 0} == {**before, "revision": 0}
        assert b"broken mug" in world.emulator.slack.workspace.contents.values()
        assert await world.write("later") > max(m["ts"] for m in after["messages"]["C0SUPPORT"])


async def test_the_playground_starts_on_free_ports_keeps_its_state_and_stops(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-m", "bot.playground", "--slack-port", "0", "--gorgias-port", "0"]
    command += ["--marketing-port", "0"]
    process = await create_subprocess_exec(
        *command, "--state", str(tmp_path), cwd=ROOT, env=dict(os.environ), stdout=PIPE
    )
    assert process.stdout is not None
    addresses = json.loads(await process.stdout.readline())
    async with aiohttp.ClientSession() as http:
        slack = addresses["slack"]
        message = {"user": "U0BEN", "channel": "C0SUPPORT", "text": "hello"}
        async with http.post(f"{slack}/play/slack/messages", json=message) as response:
            assert response.status == 200
        async with http.get(f"{slack}/play/slack/config") as response:
            assert (await response.json())["gorgias"] == addresses["gorgias"]
        async with http.get(f"{addresses['gorgias']}/play/gorgias/state") as response:
            assert response.status == 200
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    saved = json.loads((tmp_path / "slack.json").read_text(encoding="utf-8"))
    assert [each["text"] for each in saved["messages"]["C0SUPPORT"].values()] == ["hello"]
    assert (tmp_path / "gorgias.json").is_file()
