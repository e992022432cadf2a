"""What agents wrote in Gorgias that a thread in Slack shows, or is about to."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from storage.database import Connection
from storage.models import relayed_messages


async def note_new(connection: Connection, link_id: int, message_ids: Sequence[int]) -> list[int]:
    """Keep these messages as relayed; returns those that were not before, oldest first."""
    if not message_ids:
        return []
    query = select(relayed_messages.c.message_id).where(relayed_messages.c.link_id == link_id)
    known = set((await connection.scalars(query)).all())
    new = sorted(set(message_ids) - known)
    if new:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        await connection.execute(
            dialect.insert(relayed_messages).on_conflict_do_nothing(index_elements=["message_id"]),
            [{"message_id": message_id, "link_id": link_id} for message_id in new],
        )
    return new
