"""Keeps the workspace in a folder: one JSON file, and the bytes of the files beside it."""

import asyncio
import contextlib
import json
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from bot.playground.slack.model import (
    App,
    Channel,
    File,
    Message,
    Reaction,
    User,
    Usergroup,
    View,
    Workspace,
)

_VERSION = 1
_SAVE_EVERY = 2.0


class Keeper:
    """Calls `save` every few seconds while `revision` grows, and when it stops."""

    def __init__(self, revision: Callable[[], int], save: Callable[[], None]) -> None:
        self._revision = revision
        self._save = save
        self._saved = revision()

    async def run(self, _app: object) -> AsyncIterator[None]:
        """Keep for as long as a web application lives; one of its `cleanup_ctx`."""
        task = asyncio.create_task(self._watch())
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        self._save()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_SAVE_EVERY)
            revision = self._revision()
            if revision != self._saved:
                self._save()
                self._saved = revision


def save(workspace: Workspace, folder: Path) -> None:
    contents = folder / "slack-files"
    contents.mkdir(parents=True, exist_ok=True)
    for file_id, content in workspace.contents.items():
        if not (contents / file_id).exists():
            write_at_once(contents / file_id, content)
    # The bytes of files are beside; everything else is plain data.
    kept = {name: value for name, value in vars(workspace).items() if name != "contents"}
    data = json.dumps({"version": _VERSION} | kept, default=vars)
    write_at_once(folder / "slack.json", data.encode())


def load(folder: Path) -> Workspace | None:
    """Read the workspace saved in `folder`, if there is one."""
    path = folder / "slack.json"
    if not path.is_file():
        return None
    data = json.loads(path.read_text(encoding="utf-8"))
    if data["version"] != _VERSION:
        raise ValueError(f"{path} was saved by another version; remove it to start afresh.")
    contents = folder / "slack-files"
    files = {key: File(**each) for key, each in data["files"].items()}
    return Workspace(
        users={key: User(**each) for key, each in data["users"].items()},
        apps={key: App(**each) for key, each in data["apps"].items()},
        channels={key: Channel(**each) for key, each in data["channels"].items()},
        messages=_messages(data["messages"]),
        ephemerals=_messages(data["ephemerals"]),
        files=files,
        contents={key: (contents / key).read_bytes() for key in files if (contents / key).exists()},
        usergroups={key: Usergroup(**each) for key, each in data["usergroups"].items()},
        modals={key: [View(**each) for each in stack] for key, stack in data["modals"].items()},
        homes={key: View(**each) for key, each in data["homes"].items()},
    )


def _messages(data: dict[str, dict[str, Any]]) -> dict[str, dict[str, Message]]:
    return {
        channel: {ts: _message(each) for ts, each in messages.items()}
        for channel, messages in data.items()
    }


def _message(data: dict[str, Any]) -> Message:
    reactions = [Reaction(**each) for each in data["reactions"]]
    return Message(**(data | {"reactions": reactions}))


def write_at_once(path: Path, data: bytes) -> None:
    """Replace `path` at once, so that a crash leaves the old or the new content."""
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)
