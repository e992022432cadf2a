"""A TCP proxy before PostgreSQL that can be cut, stay silent, or answer "starting up"."""

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Self

from sqlalchemy.engine import URL

SSL_REQUEST = b"\x04\xd2\x16\x2f"
STARTING_UP = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"


@dataclass
class CuttableProxy:
    """Passes bytes on until it is told not to."""

    target: URL
    server: asyncio.Server | None = None
    fault: str | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    @classmethod
    async def start(cls, target: URL) -> Self:
        proxy = cls(target)
        proxy.server = await asyncio.start_server(proxy._serve, "127.0.0.1", 0)
        return proxy

    @property
    def url(self) -> str:
        assert self.server is not None
        port = self.server.sockets[0].getsockname()[1]
        address = self.target.set(host="127.0.0.1", port=port, query={})
        return address.render_as_string(hide_password=False)

    async def cut(self, how: str) -> None:
        """Cut what is open; new connections are `refused`, `silent` or told `starting up`."""
        self.fault = how
        for writer in list(self._writers):
            writer.transport.abort()

    def mend(self) -> None:
        self.fault = None

    async def stop(self) -> None:
        assert self.server is not None
        self.server.close()
        await self.cut("refused")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            if self.fault == "refused":
                writer.transport.abort()
            elif self.fault == "silent":
                await reader.read()
            elif self.fault == "starting up":
                await self._say_starting_up(reader, writer)
            else:
                await self._pass_on(reader, writer)
        except ConnectionError:
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _say_starting_up(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Speak just enough of PostgreSQL's protocol to be turned away."""
        first = await reader.read(65_536)
        if first[4:8] == SSL_REQUEST:
            writer.write(b"N")
            await reader.read(65_536)
        writer.write(b"E" + (len(STARTING_UP) + 4).to_bytes(4, "big") + STARTING_UP)
        await writer.drain()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        folder = self.target.query.get("host")
        if isinstance(folder, str) and folder.startswith("/"):
            path = f"{folder}/.s.PGSQL.{self.target.port or 5432}"
            far_reader, far_writer = await asyncio.open_unix_connection(path)
        else:
            host, port = self.target.host or "localhost", self.target.port or 5432
            far_reader, far_writer = await asyncio.open_connection(host, port)
        self._writers.add(far_writer)
        try:
            await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))
        finally:
            self._writers.discard(far_writer)
            far_writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()
