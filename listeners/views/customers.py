"""What is seen of a customer: in full to who asked, masked to a channel."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from commands.customer import order_line
from commands.customer_words import expectations, satisfaction, suggestion_words
from listeners.views.parts import (
    Block,
    View,
    actions,
    button,
    context,
    date_token,
    escape,
    plain,
    section,
)
from services.customer_search import Choice
from services.customers import CustomerProfile
from services.masking import mask_email, mask_name, mask_phone

CHOOSE_CUSTOMER = "customer_choose"
NONE_OF_THESE = "customer_none_of_these"
OPEN_IN_GORGIAS = "customer_open_in_gorgias"
SHARE_CUSTOMER = "customer_share"
EXPLAIN_CUSTOMER = "customer_explain"
SHOW_ORDERS = "customer_orders"
CREATE_TICKET = "customer_create_ticket"
SHARE_MODAL = "customer_share_modal"


@dataclass(frozen=True, slots=True)
class SharedCustomer:
    """What a channel may see of a customer: kept in the modal, so that it is what is posted."""

    channel: str
    who: str
    lines: tuple[str, ...]

    def to_metadata(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


def read_metadata(metadata: str) -> SharedCustomer | None:
    """Read back what a modal showed; None for a form of another version."""
    try:
        kept: Any = json.loads(metadata)
        return SharedCustomer(str(kept["channel"]), str(kept["who"]), tuple(kept["lines"]))
    except (ValueError, KeyError, TypeError):
        return None


def customer_card(profile: CustomerProfile, gorgias_url: str | None) -> View:
    """Draw the whole card, for who asked only."""
    name = _name(profile)
    facts = [f"*Orders*\n{profile.orders:,}", f"*Spend*\n{profile.spend}"]
    if profile.first_order_at and profile.last_order_at:
        facts.append(f"*Customer since*\n{date_token(profile.first_order_at)}")
        facts.append(f"*Last order*\n{date_token(profile.last_order_at)}")
    facts.append(f"*Open tickets*\n{_tickets(profile)}")
    if profile.answers:
        facts.append(f"*Last answers*\n{escape(satisfaction(profile.answers))}")
    if profile.country:
        facts.append(f"*Country*\n{escape(profile.country)}")
    blocks = [section(f"*{escape(name)}*\n{_addresses(profile)}", fields=facts)]
    blocks.append(_expected(profile))
    if profile.suggestions:
        listed = "\n".join(f"• {escape(suggestion_words(one))}" for one in profile.suggestions)
        blocks.append(section(f"*Likely next*\n{listed}"))
    if profile.last_orders:
        listed = "\n".join(f"• {escape(order_line(order))}" for order in profile.last_orders)
        blocks.append(section(f"*Last orders*\n{listed}"))
    else:
        blocks.append(section("No orders yet."))
    share = button("Share masked to channel", SHARE_CUSTOMER, value=str(profile.id))
    link = [button("Open in Gorgias", OPEN_IN_GORGIAS, url=gorgias_url)] if gorgias_url else []
    blocks.append(actions(*link, share, *_more(profile)))
    blocks.append(context(f"Only you can see this · {_age(profile)}"))
    return escape(f"{name}: {_summary(profile)}"), blocks


def shared_customer(profile: CustomerProfile, channel: str) -> SharedCustomer:
    """Mask a customer for a channel."""
    who = [mask_name(profile.name)] if profile.name else []
    if profile.email:
        who.append(mask_email(profile.email))
    elif profile.phone:
        who.append(mask_phone(profile.phone))
    lines = [_summary(profile)]
    if profile.last_orders:
        lines.append(f"Last order {order_line(profile.last_orders[0])}")
    return SharedCustomer(channel, " · ".join(who) or f"Customer {_id(profile)}", tuple(lines))


def shared_card(shared: SharedCustomer, sharer: str) -> View:
    """Draw what a channel sees; the modal shows the same before it is posted."""
    lines = "\n".join(escape(line) for line in shared.lines)
    blocks = [
        section(f"*{escape(shared.who)}*\n{lines}"),
        context(f"Shared by {escape(sharer)} · personal data is masked"),
    ]
    return escape(f"{shared.who}: {shared.lines[0]}"), blocks


def share_modal(shared: SharedCustomer, sharer: str) -> Block:
    """Show exactly what others will see."""
    where = section(f"This is what everybody in <#{shared.channel}> will see:")
    return {
        **_modal([where, *shared_card(shared, sharer)[1]]),
        "callback_id": SHARE_MODAL,
        "private_metadata": shared.to_metadata(),
        "submit": plain("Share"),
        "close": plain("Cancel"),
    }


def waiting_modal() -> Block:
    """Open at once; the content follows."""
    return _modal([section("Preparing what others will see …")])


def problem_modal(sentence: str) -> Block:
    return _modal([section(escape(sentence))])


def choices(asked: str, found: Sequence[Choice], count: int, *, is_complete: bool) -> View:
    """Ask which one is meant; nobody is chosen silently."""
    shown = f"{count:,}" if is_complete else f"More than {count:,}"
    text = escape(f"{shown} customers match “{asked[:80]}”. Which one is it?")
    blocks = [section(f"*{text}*")]
    blocks += [
        section(
            escape(choice.label),
            accessory=button(
                "Show customer",
                CHOOSE_CUSTOMER,
                value=str(choice.customer_id),
                label=f"Show customer {choice.who}",
            ),
        )
        for choice in found
    ]
    if count > len(found) or not is_complete:
        blocks.append(context("These ordered most recently. A longer name finds fewer people."))
    blocks.append(actions(button("None of these", NONE_OF_THESE)))
    return text, blocks


def sentence(text: str) -> View:
    """One sentence for who asked: an answer without a customer, help, or a refusal."""
    text = escape(text, 2_900)
    return text, [section(text)]


NOBODY_CHOSEN = "Nobody was chosen. Ask again with an e-mail, a phone number or an order number."
NOBODY_ELSE = "Only you and I read here. Ask /customer in the channel that is to see it."
OUT_OF_DATE = "This form is out of date. Close it and press Share again."


def _expected(profile: CustomerProfile) -> Block:
    """Say what to expect, or what is missing to know it."""
    lines = [f"*{label}:* {escape(text)}" for label, text in expectations(profile)]
    return section("\n".join(lines) or escape(f"What to expect: {profile.not_scored}"))


def _more(profile: CustomerProfile) -> list[Block]:
    own = str(profile.id)
    why = button("Why?", EXPLAIN_CUSTOMER, value=own, label="Why these expectations?")
    listed = button("Orders", SHOW_ORDERS, value=f"{own}:0", label="All orders of this customer")
    asked = profile.email or profile.phone or _id(profile)
    ticket = button("Create ticket", CREATE_TICKET, value=asked, label="Create a ticket about them")
    more = [*([why] if profile.scores else []), *([listed] if profile.orders else [])]
    return [*more, ticket]


def _name(profile: CustomerProfile) -> str:
    return profile.name or profile.email or profile.phone or f"Customer {_id(profile)}"


def _id(profile: CustomerProfile) -> str:
    return profile.source_id or str(profile.id)


def _addresses(profile: CustomerProfile) -> str:
    known = [profile.email, profile.phone, f"customer {_id(profile)}"]
    return escape(" · ".join(part for part in known if part))


def _tickets(profile: CustomerProfile) -> str:
    if profile.open_tickets is None:
        return "Gorgias did not answer"
    if profile.tickets_as_of is None:
        return f"{profile.open_tickets:,}"
    known = date_token(profile.tickets_as_of, "{date_short_pretty} {time}")
    return f"{profile.open_tickets:,} as of {known}; Gorgias does not answer now"


def _summary(profile: CustomerProfile) -> str:
    orders = f"{profile.orders:,} order{'' if profile.orders == 1 else 's'}"
    if profile.open_tickets is None:
        tickets = "open tickets unknown"
    else:
        tickets = f"{profile.open_tickets:,} open ticket{'' if profile.open_tickets == 1 else 's'}"
    return f"{orders}, {profile.spend} spent, {tickets}"


def _age(profile: CustomerProfile) -> str:
    if profile.data_as_of is None:
        return "no import finished yet"
    age = f"data as of {date_token(profile.data_as_of, '{date_short_pretty} {time}')}"
    return f"🟠 {age}: old, import newer orders" if profile.data_is_old else age


def _modal(blocks: list[Block]) -> Block:
    title = {"type": "plain_text", "text": "Share customer"}
    return {"type": "modal", "title": title, "close": plain("Close"), "blocks": blocks}
