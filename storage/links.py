"""Links between a Slack thread and its Gorgias ticket: the one truth about which is whose."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from storage.database import Connection, now_ms
from storage.models import thread_links, thread_messages


@dataclass(frozen=True, slots=True)
class Link:
    """A row of `thread_links`; what the columns mean stands in `storage.models`."""

    id: int
    team: str
    channel: str
    root_ts: str
    state: str
    created_at: datetime
    intent_at: datetime | None
    was_ambiguous: bool
    ticket_id: int | None
    ticket_created_at: datetime | None
    ours: dict[str, Any]
    acts: dict[str, Any]
    subject: str
    reported_by: list[str]
    customer_id: int | None
    candidates: list[int]
    assignee: str | None
    priority: str
    changed_by: str | None
    changed_at: datetime | None
    waiting_since: datetime | None
    deleted_at: datetime | None
    problem: str | None
    source: dict[str, Any] | None
    card_channel: str | None
    card_ts: str | None
    card_intent_at: datetime | None
    card_digest: str | None
    marks: list[str]
    settle_wait_ms: int | None
    """Milliseconds until an ambiguous write may be looked up; None when none is known of."""

    @property
    def external_id(self) -> str:
        """The id this thread's ticket carries in Gorgias."""
        return f"slack:{self.team}:{self.channel}:{self.root_ts}"

    @property
    def order_key(self) -> str:
        """Work on this thread runs in order under this key."""
        return f"thread:{self.channel}:{self.root_ts}"


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the links that fit, and how many fit."""

    links: list[Link]
    total: int


_COLUMNS = [thread_links.c[name] for name in Link.__slots__ if name != "settle_wait_ms"]
_card_channel = func.coalesce(thread_links.c.card_channel, thread_links.c.channel)
_SETTLE_WAIT = type_coerce(thread_links.c.settle_until, BigInteger) - now_ms()
_UNRESOLVED = thread_links.c.state.in_(["wanted", "open"])
_URGENCY = case(
    {"critical": 0, "urgent": 0, "high": 1, "normal": 2, "low": 3},
    value=thread_links.c.priority,
    else_=2,
)


async def want(
    connection: Connection,
    *,
    team: str,
    channel: str,
    root_ts: str,
    subject: str,
    state: str = "wanted",
) -> Link:
    """Find or make the link of a thread; a new one has no ticket yet."""
    insert = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(thread_links)
    await connection.execute(
        insert.values(
            team=team,
            channel=channel,
            root_ts=root_ts,
            state=state,
            created_at=now_ms(),
            subject=subject,
        ).on_conflict_do_nothing(index_elements=["team", "channel", "root_ts"]),
    )
    found = await find(connection, channel, root_ts)
    if found is None:
        raise LookupError(f"The link of {channel}:{root_ts} vanished while it was made.")
    return found


async def find(connection: Connection, channel: str, root_ts: str) -> Link | None:
    """Find by the root message."""
    return await _one(
        connection,
        thread_links.c.channel == channel,
        thread_links.c.root_ts == root_ts,
    )


async def find_by_message(connection: Connection, channel: str, ts: str) -> Link | None:
    """Find by the root message, or by our card."""
    return await _one(
        connection,
        or_(
            and_(thread_links.c.channel == channel, thread_links.c.root_ts == ts),
            and_(_card_channel == channel, thread_links.c.card_ts == ts),
        ),
    )


async def with_card_elsewhere(connection: Connection, channel: str) -> list[Link]:
    """List links of a channel whose card had to go into a direct message."""
    query = _select().where(
        thread_links.c.channel == channel,
        thread_links.c.card_channel.is_not(None),
    )
    return [_link(row) for row in (await connection.execute(query)).all()]


async def find_by_copy(connection: Connection, channel: str, ts: str) -> Link | None:
    """Find the ticket into which this message was copied."""
    copied = select(thread_messages.c.link_id).where(
        thread_messages.c.channel == channel,
        thread_messages.c.ts == ts,
    )
    return await _one(connection, thread_links.c.id.in_(copied))


async def live_since(connection: Connection, seconds: float) -> list[Link]:
    """List tickets linked after that time (seconds since 1970) that people may still act on."""
    query = (
        _select()
        .where(
            thread_links.c.ticket_id.is_not(None),
            thread_links.c.created_at >= datetime.fromtimestamp(seconds, UTC),
        )
        .order_by(thread_links.c.id)
    )
    return [_link(row) for row in (await connection.execute(query)).all()]


async def get(connection: Connection, link_id: int) -> Link:
    """Read one link; raises LookupError."""
    query = _select().where(thread_links.c.id == link_id)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise LookupError(f"There is no link {link_id}.")
    return _link(row)


async def save(connection: Connection, link_id: int, **changes: Any) -> None:  # noqa: ANN401 - column values
    """Write the named columns."""
    await connection.execute(
        update(thread_links).where(thread_links.c.id == link_id).values(**changes),
    )


async def merge_acts(connection: Connection, link_id: int, **acts: Any) -> None:  # noqa: ANN401 - JSON
    """Write some keys of `acts`, keeping what others wrote to the rest meanwhile."""
    query = select(thread_links.c.acts).where(thread_links.c.id == link_id).with_for_update()
    standing = (await connection.execute(query)).scalar_one()
    await save(connection, link_id, acts={**standing, **acts})


async def settle_for(connection: Connection, link_id: int, milliseconds: int) -> None:
    """Forbid the look-up of an ambiguous write until then, by the database's clock."""
    await save(
        connection,
        link_id,
        settle_until=now_ms() + milliseconds,
        was_ambiguous=True,
    )


async def copied(connection: Connection, link_id: int, channel: str, stamps: list[str]) -> None:
    """Remember which messages a ticket holds a copy of."""
    if not stamps:
        return
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    await connection.execute(
        dialect.insert(thread_messages).on_conflict_do_nothing(index_elements=["channel", "ts"]),
        [{"channel": channel, "ts": ts, "link_id": link_id} for ts in stamps],
    )


async def count_waiting(connection: Connection) -> int:
    """How many tickets wait for Gorgias to answer."""
    query = select(func.count()).where(thread_links.c.waiting_since.is_not(None))
    return int((await connection.execute(query)).scalar_one())


async def unresolved(connection: Connection, limit: int, offset: int = 0) -> Page:
    """List what is not resolved, newest first."""
    return await _page(connection, _UNRESOLVED, [thread_links.c.id.desc()], limit, offset)


async def unresolved_before(connection: Connection, before: int | None, limit: int) -> list[Link]:
    """List what is not resolved and older than a link, newest first."""
    query = _select().where(_UNRESOLVED).order_by(thread_links.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(thread_links.c.id < before)
    return [_link(row) for row in (await connection.execute(query)).all()]


async def most_urgent(connection: Connection, limit: int, offset: int = 0) -> Page:
    """List what is not resolved, by priority and then by how long it has waited."""
    return await _page(connection, _UNRESOLVED, [_URGENCY, thread_links.c.id], limit, offset)


async def of_person(connection: Connection, user_id: str, limit: int, offset: int = 0) -> Page:
    """List what is not resolved and this person reported, claimed or was given; newest first."""
    acts = thread_links.c.acts
    theirs = or_(
        acts["claimed_by"].as_string() == user_id,
        acts[("assignee", "value")].as_string() == user_id,
        cast(thread_links.c.reported_by, Text).contains(f'"{user_id}"', autoescape=True),
    )
    order = [thread_links.c.id.desc()]
    return await _page(connection, and_(_UNRESOLVED, theirs), order, limit, offset)


async def find_by_ticket(connection: Connection, ticket_id: int) -> Link | None:
    """Find by the ticket's number in Gorgias."""
    return await _one(connection, thread_links.c.ticket_id == ticket_id)


async def of_tickets(connection: Connection, ticket_ids: Sequence[int]) -> list[Link]:
    """List the links of those of these tickets that were made from Slack."""
    query = _select().where(thread_links.c.ticket_id.in_(list(ticket_ids)))
    return [_link(row) for row in (await connection.execute(query)).all()]


async def is_any_open(connection: Connection) -> bool:
    """Whether any thread has an open ticket."""
    query = select(thread_links.c.id).where(thread_links.c.state == "open").limit(1)
    return (await connection.execute(query)).first() is not None


async def subjects(connection: Connection, link_ids: Sequence[int]) -> dict[int, str]:
    """Read what these links are about."""
    query = select(thread_links.c.id, thread_links.c.subject).where(
        thread_links.c.id.in_(list(link_ids)),
    )
    return {link_id: subject for link_id, subject in await connection.execute(query)}  # noqa: C416 - rows are not pairs


async def count_open_in(connection: Connection, channel: str) -> int:
    """How many threads of a channel have a ticket that is not resolved."""
    query = select(func.count()).where(_UNRESOLVED, thread_links.c.channel == channel)
    return int((await connection.execute(query)).scalar_one())


def _select() -> Select[Any]:
    return select(*_COLUMNS, _SETTLE_WAIT)


async def _page(
    connection: Connection,
    condition: ColumnElement[bool],
    order: Sequence[ColumnElement[Any]],
    limit: int,
    offset: int,
) -> Page:
    total = await connection.scalar(
        select(func.count()).select_from(thread_links).where(condition),
    )
    query = _select().where(condition).order_by(*order).limit(limit).offset(offset)
    rows = (await connection.execute(query)).all()
    return Page([_link(row) for row in rows], int(total or 0))


async def _one(connection: Connection, *conditions: ColumnElement[bool]) -> Link | None:
    row = (await connection.execute(_select().where(*conditions))).one_or_none()
    return None if row is None else _link(row)


def _link(row: Row[Any]) -> Link:
    return Link(*tuple(row))
