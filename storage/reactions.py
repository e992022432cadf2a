"""Reactions as they stand in Slack: the latest stored add or remove of each person's emoji."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

from storage.database import Connection
from storage.jobs import STORE, NewJob, values_of
from storage.models import jobs, reactions


@dataclass(frozen=True, slots=True)
class Reaction:
    """One person's emoji on one message. `act` is what the emoji means: ticket, resolve, claim."""

    channel: str
    ts: str
    act: str
    emoji: str
    actor: str
    present: bool
    event_ts: str
    root_ts: str | None
    """The thread it acts on; None until that is known and the actor is allowed to act."""


_COLUMNS = [reactions.c[name] for name in Reaction.__slots__]
_KEY = ["channel", "ts", "act", "emoji", "actor"]


def _keeping_later(told: sqlite.Insert | postgresql.Insert) -> Insert:
    return told.on_conflict_do_update(
        index_elements=_KEY,
        set_={"present": told.excluded.present, "event_ts": told.excluded.event_ts},
        where=told.excluded.event_ts > reactions.c.event_ts,
    )


def _recording_with_job() -> Insert:
    """Record the reaction if its job is new, in one statement, which only PostgreSQL can."""
    new = STORE["postgresql"].returning(jobs.c.id).cte("new")
    told = select(*(bindparam(name, type_=reactions.c[name].type) for name in Reaction.__slots__))
    insert = postgresql.insert(reactions)
    return _keeping_later(insert.from_select(Reaction.__slots__, told.select_from(new)))


_RECORD = {
    "sqlite": _keeping_later(sqlite.insert(reactions)),
    "postgresql": _keeping_later(postgresql.insert(reactions)),
}
_RECORD_WITH_JOB = _recording_with_job()


async def record(connection: Connection, reaction: Reaction) -> None:
    """Keep the later of what is stored and what is told, whatever the order of arrival."""
    await connection.execute(_RECORD[connection.dialect.name], _values_of(reaction))


async def record_with_job(connection: Connection, reaction: Reaction, job: NewJob) -> None:
    """Do the same and store the job that the reaction makes necessary, unless it is known."""
    name = connection.dialect.name
    if name == "postgresql":
        await connection.execute(_RECORD_WITH_JOB, {**values_of(job), **_values_of(reaction)})
    elif (await connection.execute(STORE[name], values_of(job))).rowcount:
        await record(connection, reaction)


async def accept(connection: Connection, reaction: Reaction, root_ts: str) -> None:
    """Let this person's emoji act on a thread."""
    await connection.execute(
        update(reactions)
        .where(*(reactions.c[name] == getattr(reaction, name) for name in _KEY))
        .values(root_ts=root_ts),
    )


async def of_thread(connection: Connection, channel: str, root_ts: str) -> list[Reaction]:
    """List accepted reactions of a thread, oldest first, those taken back included."""
    query = (
        select(*_COLUMNS)
        .where(reactions.c.channel == channel, reactions.c.root_ts == root_ts)
        .order_by(reactions.c.event_ts, reactions.c.actor)
    )
    return [Reaction(*row) for row in (await connection.execute(query)).all()]


async def of_message(connection: Connection, channel: str, ts: str) -> list[Reaction]:
    """List everything stored about one message, accepted or not."""
    query = select(*_COLUMNS).where(reactions.c.channel == channel, reactions.c.ts == ts)
    return [Reaction(*row) for row in (await connection.execute(query)).all()]


async def not_yet_accepted(
    connection: Connection,
    channel: str,
    ts: str,
    *,
    act: str,
    after: str,
) -> list[Reaction]:
    """List reactions that came before there was a ticket to act on, made later than `after`."""
    query = select(*_COLUMNS).where(
        reactions.c.channel == channel,
        reactions.c.ts == ts,
        reactions.c.act == act,
        reactions.c.root_ts.is_(None),
        reactions.c.event_ts > after,
    )
    return [Reaction(*row) for row in (await connection.execute(query)).all()]


async def current(connection: Connection, reaction: Reaction) -> Reaction | None:
    """Read how this person's emoji stands now."""
    query = select(*_COLUMNS).where(
        *(reactions.c[name] == getattr(reaction, name) for name in _KEY),
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else Reaction(*row)


def _values_of(reaction: Reaction) -> dict[str, object]:
    return {name: getattr(reaction, name) for name in Reaction.__slots__}
