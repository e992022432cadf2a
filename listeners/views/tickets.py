"""The ticket card: what a thread shows of its ticket, and what can be done about it."""

from datetime import datetime

from listeners.views.parts import Block, escape, mrkdwn, plain, section
from services.cards import (
    ASSIGN_TO,
    ASSIGN_TO_ME,
    CHOOSE_CUSTOMER,
    CREATE_AND_RESOLVE,
    FILE_ANYWAY,
    IN_GORGIAS,
    REOPEN_TICKET,
    RESOLVE_TICKET,
    SET_PRIORITY,
    UNDO_TICKET,
    AgentMessage,
    TicketCard,
    TicketState,
)
from services.days import spoken

ADD_CUSTOMER = "ticket_add_customer"
OPEN_TICKET = "ticket_open_in_gorgias"
NAME_CUSTOMER_MODAL = "ticket_name_customer"
NAME_CUSTOMER_BLOCK = "customer"
NAME_CUSTOMER_INPUT = "who"

NONE_OF_THESE = "none"
LONGEST_TEXT = 500
LONGEST_AGENT_TEXT = 2_000


def ticket_card(card: TicketCard) -> tuple[str, list[Block]]:
    """Draw the card: the text a notification reads out, and the blocks."""
    text = _offer(card) if _is_offered(card) else escape(_headline(card), LONGEST_TEXT)
    blocks: list[Block] = [section(f"*{text}*")]
    if card.ticket_id is not None:
        blocks[0] = section(_title(card))
        blocks.append({"type": "section", "fields": _fields(card)})
    blocks += _notices(card)
    if card.choices and card.state is TicketState.OPEN:
        blocks.append(_choice(card))
    buttons = _buttons(card)
    if buttons:
        blocks.append({"type": "actions", "elements": buttons})
    blocks.append({"type": "context", "elements": [mrkdwn(_footer(card))]})
    return text, blocks


def _is_offered(card: TicketCard) -> bool:
    return card.ticket_id is None and card.state is TicketState.OFFERED


def _offer(card: TicketCard) -> str:
    """Name the channel: the offer comes as a direct message, where nobody sees which."""
    return (
        f"I am not in <#{card.channel}> and cannot read the thread. Type /invite @regulars there, "
        "or file this one message anyway."
    )


def _headline(card: TicketCard) -> str:
    if card.ticket_id is None:
        return {
            TicketState.WITHDRAWN: "Withdrawn before a ticket was made.",
            TicketState.REFUSED: f"No ticket was made: {card.problem}",
        }.get(
            card.state,
            f"Saved. Gorgias is not answering; I keep trying. Ref {card.reference}",
        )
    status = _status(card)
    return f"Ticket {card.ticket_id} · {status} · {card.subject}"


def _title(card: TicketCard) -> str:
    subject = escape(card.subject)
    return f"*<{card.ticket_url}|Ticket {card.ticket_id}>* · {subject}"


def _status(card: TicketCard) -> str:
    return {
        TicketState.OPEN: "Open",
        TicketState.RESOLVED: "Resolved",
        TicketState.WITHDRAWN: "Withdrawn",
    }.get(card.state, "Waiting")


def _fields(card: TicketCard) -> list[Block]:
    customer = escape(card.customer) if card.customer else "requester unknown"
    fields = [
        f"*Status*\n{_status(card)}",
        f"*Customer*\n{customer}",
        f"*Assignee*\n{escape(card.assignee) if card.assignee else 'nobody yet'}",
        f"*Priority*\n{escape(card.priority)}",
    ]
    if card.last_order:
        fields.insert(2, f"*Last order*\n{escape(card.last_order)}")
    return [mrkdwn(field) for field in fields]


def _notices(card: TicketCard) -> list[Block]:
    lines: list[str] = []
    if card.ticket_id is not None and card.waiting:
        lines.append("Saved. Gorgias is not answering; the change follows when it does.")
    if card.changed_by and card.changed_at:
        is_agents = card.changed_by == IN_GORGIAS
        who = "in Gorgias" if is_agents else f"by <@{card.changed_by}>"
        when = _date(card.changed_at)
        verb = {
            TicketState.RESOLVED: "Resolved",
            TicketState.OPEN: "Re-opened",
            TicketState.WITHDRAWN: "Withdrawn",
        }.get(card.state)
        if verb:
            lines.append(f"{verb} {who} at {when}")
    if card.deleted_at:
        lines.append(f"Original message deleted in Slack at {_date(card.deleted_at)}")
    if card.problem and card.ticket_id is not None:
        lines.append(escape(card.problem))
    return [section(line) for line in lines]


def _choice(card: TicketCard) -> Block:
    """Ask which customer; nobody is chosen silently."""
    options = [
        {"text": plain(choice.label), "value": str(choice.customer_id)} for choice in card.choices
    ]
    options.append({"text": plain("None of these"), "value": NONE_OF_THESE})
    return {
        "type": "section",
        "block_id": "ticket_customer",
        "text": mrkdwn("More than one customer fits. Which one is it?"),
        "accessory": {
            "type": "static_select",
            "action_id": CHOOSE_CUSTOMER,
            "placeholder": plain("Choose the customer"),
            "options": options,
        },
    }


def _buttons(card: TicketCard) -> list[Block]:
    if card.state is TicketState.OFFERED:
        return [_button("File this one message anyway", FILE_ANYWAY, style="primary")]
    if card.ticket_id is None:
        return []
    buttons: list[Block] = []
    if card.state is TicketState.OPEN:
        buttons.append(_button("Resolve ticket", RESOLVE_TICKET, style="primary"))
        buttons.append(
            _button("Undo", UNDO_TICKET, label="Undo: withdraw this ticket if nobody touched it")
        )
        buttons += [_button("Assign to me", ASSIGN_TO_ME), _people_menu(), _priority_menu(card)]
    if card.state is TicketState.RESOLVED:
        buttons.append(_button("Undo: re-open ticket", REOPEN_TICKET))
    if card.customer is None and not card.choices and card.state is TicketState.OPEN:
        buttons.append(_button("Add customer", ADD_CUSTOMER))
    if card.ticket_url and card.state is not TicketState.WITHDRAWN:
        buttons.append(_button("Open in Gorgias", OPEN_TICKET, url=card.ticket_url))
    return buttons


def _people_menu() -> Block:
    placeholder = plain("Assign to…")
    return {"type": "users_select", "action_id": ASSIGN_TO, "placeholder": placeholder}


def _priority_menu(card: TicketCard) -> Block:
    options = [
        {"text": plain(f"Priority: {name}"), "value": name}
        for name in ("critical", "high", "normal", "low")
    ]
    menu: Block = {
        "type": "static_select",
        "action_id": SET_PRIORITY,
        "placeholder": plain("Priority…"),
        "options": options,
    }
    chosen = [option for option in options if option["value"] == card.priority]
    return {**menu, "initial_option": chosen[0]} if chosen else menu


def _footer(card: TicketCard) -> str:
    people = ", ".join(f"<@{user_id}>" for user_id in card.reported_by[:10])
    more = len(card.reported_by) - 10
    others = f" and {more} more" if more > 0 else ""
    who = f"Reported by {people}{others}" if people else "Reported from Slack"
    return f"{who} · {card.reference}"


def agent_message(message: AgentMessage, *, with_words: bool) -> tuple[str, list[Block]]:
    """Draw what an agent wrote in Gorgias; where others read along, only that they wrote."""
    who = escape(message.author, 80)
    did = f"{who} wrote an internal note" if message.is_note else f"{who} answered the customer"
    if message.files:
        did += f", with {message.files} file{'' if message.files == 1 else 's'}"
    link = f"<{message.ticket_url}|Ticket {message.ticket_id}>"
    if not with_words or not message.text:
        return did, [section(f"{did} in Gorgias · {link}")]
    words = escape(message.text, LONGEST_AGENT_TEXT)
    quoted = "\n".join(f">{line}" for line in words.splitlines())
    blocks = [
        section(f"*{did}:*"),
        section(quoted),
        {"type": "context", "elements": [mrkdwn(f"from Gorgias · {link}")]},
    ]
    return f"{did}: {escape(message.text, LONGEST_TEXT)}", blocks


def triage_offer(root_ts: str) -> tuple[str, list[Block]]:
    """Ask who put a ✅ on a message without a ticket."""
    text = "No ticket here. Create and resolve?"
    blocks = [
        section(f"*{text}*"),
        {
            "type": "actions",
            "elements": [
                {**_button("Create and resolve ticket", CREATE_AND_RESOLVE), "value": root_ts}
            ],
        },
        {"type": "context", "elements": [mrkdwn("Only you see this, at most once a day.")]},
    ]
    return text, blocks


def name_customer_modal(card_channel: str, card_ts: str) -> Block:
    """Ask in words whom a ticket is about."""
    return {
        "type": "modal",
        "callback_id": NAME_CUSTOMER_MODAL,
        "private_metadata": f"{card_channel}:{card_ts}",
        "title": plain("Add customer"),
        "submit": plain("Add customer"),
        "close": plain("Cancel"),
        "blocks": [
            {
                "type": "input",
                "block_id": NAME_CUSTOMER_BLOCK,
                "label": plain("Who is it?"),
                "hint": plain("An e-mail, phone, order number, customer id or name."),
                "element": {
                    "type": "plain_text_input",
                    "action_id": NAME_CUSTOMER_INPUT,
                    "max_length": 300,
                },
            },
        ],
    }


def read_name_customer(private_metadata: str) -> tuple[str, str] | None:
    """Read back the card a modal was opened from; None for a form of another version."""
    channel, colon, ts = private_metadata.partition(":")
    return (channel, ts) if colon and channel and ts else None


def _date(at: datetime) -> str:
    seconds = int(at.timestamp())
    return f"<!date^{seconds}^{{time}}, {{date_short_pretty}}|{at:%H:%M} UTC, {spoken(at)}>"


def _button(
    text: str,
    action_id: str,
    *,
    style: str | None = None,
    url: str | None = None,
    label: str | None = None,
) -> Block:
    button: Block = {"type": "button", "text": plain(text), "action_id": action_id}
    optional = {"style": style, "url": url, "accessibility_label": label}
    return {**button, **{name: value for name, value in optional.items() if value}}
