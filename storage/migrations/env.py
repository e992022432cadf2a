"""Run by Alembic with the connection that `storage.migrate` opened and locked."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import DefaultClause
from sqlalchemy.sql.elements import False_, True_

from storage.models import Instant, metadata


def render_item(_kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """Write what must not depend on our code, or on the dialect a migration was written with."""
    if isinstance(item, Instant):
        return "sa.BigInteger()"
    if isinstance(item, DefaultClause) and isinstance(item.arg, False_ | True_):
        return f"sa.{item.arg}()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
    render_item=render_item,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
