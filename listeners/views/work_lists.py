"""What there is to do, for who asked only: lists, the queue, one ticket."""

from commands.tickets import (
    EMPTY_LIST,
    NOTHING_WAITS,
    QueueAnswer,
    TicketAnswer,
    TicketList,
    dead_heading,
    dead_line,
    heading,
    item_facts,
    item_title,
    queue_heading,
    urgency_lines,
    waiting_line,
)
from listeners.views.parts import (
    Block,
    View,
    actions,
    button,
    confirmation,
    context,
    date_token,
    escape,
    section,
)
from listeners.views.tickets import ticket_card
from services.cards import TicketState
from services.work_list import PAGE, QueuedWork, Which, WorkItem

RESOLVE_FROM_LIST = "work_resolve"
REOPEN_FROM_LIST = "work_reopen"
SHOW_MORE = "work_show_more"
WHY_URGENT = "work_why_urgent"
RETRY = "work_retry"
DISCARD = "work_discard"
OPEN_FROM_LIST = "work_open_in_gorgias"


def work_list(answer: TicketList) -> View:
    """Draw one page of a list; an empty list teaches."""
    page = answer.page
    if not page.total:
        text = EMPTY_LIST[page.which]
        return text, [section(escape(text))]
    text = heading(page)
    blocks = [section(f"*{escape(text)}*")]
    for item in page.items:
        blocks += _ranked_blocks(item) if item.urgency else [item_block(item)]
    if page.left:
        more = button(
            f"Show {min(page.left, PAGE)} more",
            SHOW_MORE,
            value=f"{page.which}:{page.offset + len(page.items)}",
        )
        blocks += [context(f"and {page.left:,} more"), actions(more)]
    return text, blocks


def item_block(item: WorkItem) -> Block:
    """Draw one ticket with what can be done about it."""
    title = escape(item_title(item))
    linked = f"<{item.url}|{title}>" if item.url else title
    facts = [escape(item_facts(item)), f"since {date_token(item.since)}"]
    if item.is_in_thread:
        facts.insert(1, f"<#{item.channel}>")
    return section(
        f"*{linked}* · {escape(item.subject, 120)}\n{' · '.join(facts)}",
        accessory=_resolve(item),
    )


def urgency(item: WorkItem) -> View:
    """Show the sum that puts a ticket where it stands."""
    lines = urgency_lines(item, item.urgency) if item.urgency else [item_title(item)]
    title, *steps = map(escape, lines)
    return title, [section("\n".join([f"*{title}*", *steps]))]


def _ranked_blocks(item: WorkItem) -> list[Block]:
    """Draw one ticket of the ranking; why it stands there is one click away."""
    drawn = item_block(item)
    drawn.pop("accessory", None)
    resolve = _resolve(item)
    if item.ticket_id is None:
        return [drawn]
    why = button(
        "Why here?", WHY_URGENT, value=str(item.ticket_id), label=f"Why ticket {item.ticket_id}?"
    )
    return [drawn, actions(*([resolve] if resolve else []), why)]


def _resolve(item: WorkItem) -> Block | None:
    if item.ticket_id is None or not item.is_ours:
        return None
    return button(
        "Resolve ticket",
        RESOLVE_FROM_LIST,
        value=f"{item.channel}:{item.root_ts}",
        label=f"Resolve ticket {item.ticket_id}",
    )


def read_more(value: str) -> tuple[Which, int] | None:
    """Read back which page "Show more" asks for; None for a button of another version."""
    name, _, offset = value.partition(":")
    if name not in {which.value for which in Which} or not offset.isdecimal():
        return None
    return Which(name), int(offset)


def read_place(value: str) -> tuple[str, str] | None:
    """Read back channel and root of a ticket; None for a button of another version."""
    channel, _, root_ts = value.partition(":")
    return (channel, root_ts) if channel and root_ts else None


def queue(answer: QueueAnswer) -> View:
    """Draw what waits and what was given up, with the buttons of an admin."""
    found = answer.queue
    if not found.waiting_total and not found.dead_total:
        return NOTHING_WAITS, [section(NOTHING_WAITS)]
    text = queue_heading(found)
    blocks = [section(f"*{escape(text)}*")]
    blocks += [
        section(escape(waiting_line(number, work), 600))
        for number, work in enumerate(found.waiting, 1)
    ]
    blocks += _more(found.waiting_total - len(found.waiting))
    if found.dead_total:
        blocks.append(section(f"*{escape(dead_heading(found))}*"))
        for work in found.dead:
            blocks += _dead(work, may_act=answer.may_act)
        blocks += _more(found.dead_total - len(found.dead))
    return text, blocks


def _dead(work: QueuedWork, *, may_act: bool) -> list[Block]:
    blocks = [section(escape(dead_line(work), 600))]
    if may_act:
        value, what = str(work.job_id), f"{work.what} {work.subject}"
        ask = confirmation(
            "Discard this change?",
            f"{work.what} will never reach Gorgias, and nobody is told again. Retry instead if "
            "the reason is gone.",
            "Discard",
        )
        blocks.append(
            actions(
                button("Retry", RETRY, value=value, label=f"Retry: {what}"[:75]),
                button("Discard", DISCARD, value=value, label=f"Discard: {what}"[:75], confirm=ask),
            ),
        )
    return blocks


def one_ticket(answer: TicketAnswer) -> View:
    """Draw what the card says; the buttons name the ticket, since this is not its card."""
    card = answer.card
    text, drawn = ticket_card(card)
    blocks = [block for block in drawn if block["type"] != "actions" and "accessory" not in block]
    place = f"{card.channel}:{card.root_ts}"
    buttons: list[Block] = []
    if card.state is TicketState.OPEN:
        buttons.append(button("Resolve ticket", RESOLVE_FROM_LIST, value=place))
    if card.state is TicketState.RESOLVED:
        buttons.append(button("Re-open ticket", REOPEN_FROM_LIST, value=place))
    if card.ticket_url:
        buttons.append(button("Open in Gorgias", OPEN_FROM_LIST, url=card.ticket_url))
    if buttons:
        blocks.append(actions(*buttons))
    if answer.permalink:
        blocks.append(context(f"<{answer.permalink}|Open the thread>"))
    return text, blocks


def _more(count: int) -> list[Block]:
    return [context(f"and {count:,} more")] if count > 0 else []
