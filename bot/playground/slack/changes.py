"""A counter that grows with every change of the workspace, and a way to wait for it."""

import asyncio


class Changes:
    """Tells the page's event stream and the saver that something is different now."""

    def __init__(self) -> None:
        self.revision = 0
        self._waiting: set[asyncio.Event] = set()

    def mark(self) -> None:
        self.revision += 1
        for event in self._waiting:
            event.set()

    async def after(self, revision: int) -> int:
        """Wait until the workspace is newer than `revision`; return what it is then."""
        if self.revision <= revision:
            event = asyncio.Event()
            self._waiting.add(event)
            try:
                await event.wait()
            finally:
                self._waiting.discard(event)
        return self.revision
