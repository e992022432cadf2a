"""Cursors: where the next page of a list begins, readable by us only as we wrote it.

A cursor belongs to one list with its filters. Its seal is keyed with a secret that all replicas
share through the database, so that nobody can make one or move it to another list.
"""

import binascii
import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field

from services.errors import WrongInputError
from storage import bookmarks
from storage.database import Database

SECRET = "api.cursor_secret"  # noqa: S105 - its name
SEAL_BYTES = 16
LONGEST = 400

Position = list[str | int]


@dataclass(slots=True)
class Cursors:
    """Writes and reads cursors. A position holds ids, never anybody's name."""

    database: Database
    _secret: bytes = field(default=b"", init=False)

    async def write(self, of: str, position: Position) -> str:
        """Seal a position in the list `of`, which names its filters too."""
        place = json.dumps(position, separators=(",", ":")).encode()
        return urlsafe_b64encode(await self._seal(of, place) + place).rstrip(b"=").decode()

    async def read(self, of: str, cursor: str) -> Position:
        """Open a cursor of the list `of`; raises WrongInputError for any other text."""
        try:
            opened = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        except (binascii.Error, ValueError):
            opened = b""
        seal, place = opened[:SEAL_BYTES], opened[SEAL_BYTES:]
        is_ours = hmac.compare_digest(seal, await self._seal(of, place))
        # Several texts decode to the same bytes; only the one we wrote is a cursor.
        if not is_ours or urlsafe_b64encode(opened).rstrip(b"=").decode() != cursor:
            raise WrongInputError(
                "The parameter cursor is not one that this list gave out. Leave it away to begin "
                "at the first page, and change nothing else while you turn pages."
            )
        position: Position = json.loads(place)
        return position

    async def _seal(self, of: str, place: bytes) -> bytes:
        if not self._secret:
            async with self.database.transaction() as connection:
                shared = await bookmarks.keep(connection, SECRET, secrets.token_hex(32))
            self._secret = bytes.fromhex(shared)
        sealed = hashlib.sha256(of.encode()).digest() + place
        return hmac.digest(self._secret, sealed, "sha256")[:SEAL_BYTES]
