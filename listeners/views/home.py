"""The Home tab: my work first, then what to do, then how things are set up."""

from collections.abc import Sequence
from dataclasses import dataclass

from commands.help import Help
from commands.tickets import EMPTY_LIST
from listeners.views.channel_settings import OPEN_SETTINGS
from listeners.views.guidance import check_blocks, headline, help_card
from listeners.views.parts import (
    Block,
    actions,
    button,
    context,
    date_token,
    divider,
    escape,
    header,
    plain,
    section,
)
from listeners.views.work_lists import item_block
from services.days import spoken
from services.ports import ChannelSeen
from services.setup_checks import Check
from services.shop_glance import Glance, Window
from services.work_list import WorkList

MOST_BLOCKS = 100
NAMED_CHANNELS = 20

OPEN_NEW_TICKET = "home_new_ticket"
OPEN_LOOK_UP = "home_look_up_customer"
TEST_TICKET = "home_send_test_ticket"
LOOK_AGAIN = "home_look_again"

WELCOME = (
    "*Welcome to Regulars.* Three steps and your team can start:\n"
    "1. Type `/invite @regulars` in the channel where your team reports problems.\n"
    "2. React 🎫 on a message there: it becomes a Gorgias ticket, and a card answers in its "
    "thread.\n"
    "3. Type `/customer` and an e-mail address to see who somebody is."
)

NO_ORDERS = "No orders have been imported yet. An admin runs: `regulars import orders.csv`"


@dataclass(frozen=True, slots=True)
class HomeTab:
    """What one person finds on their Home tab. `None` is what they may not see or nobody knows."""

    help: Help
    is_first_visit: bool
    waiting: int
    is_gorgias_away: bool
    notice: str | None = None
    mine: WorkList | None = None
    urgent: WorkList | None = None
    glance: Glance | None = None
    channels: Sequence[ChannelSeen] | None = None
    checks: tuple[Check, ...] | None = None


def home(tab: HomeTab) -> Block:
    """Draw the tab, at most a hundred blocks."""
    blocks = [*_notice(tab), *_outage(tab)]
    if tab.is_first_visit:
        blocks += [section(WELCOME), divider()]
    if tab.mine is None or tab.urgent is None:
        blocks += help_card(tab.help)[1]
        return {"type": "home", "blocks": blocks}
    blocks += _list("Your tickets", tab.mine, "/tickets mine")
    blocks += _list("Most urgent", tab.urgent, "/tickets urgent")
    blocks += [header("Do"), actions(*_buttons(tab)), *_shop(tab.glance)]
    if tab.checks is not None:
        blocks += _setup(tab.checks)
    if tab.channels is not None:
        blocks += _channels(tab.channels, with_settings=tab.checks is not None)
    blocks += [header("What I can do"), *help_card(tab.help)[1]]
    return {"type": "home", "blocks": blocks[:MOST_BLOCKS]}


def _notice(tab: HomeTab) -> list[Block]:
    return [section(escape(tab.notice, 600)), divider()] if tab.notice else []


def _outage(tab: HomeTab) -> list[Block]:
    """Say it at the top as long as it lasts."""
    if not tab.is_gorgias_away and not tab.waiting:
        return []
    saved = "ticket is" if tab.waiting == 1 else "tickets are"
    text = "⚠️ *Gorgias is not answering.* What you do here is saved and follows by itself."
    if tab.waiting:
        text += f" {tab.waiting:,} {saved} waiting: `/tickets queue`"
    return [section(text), divider()]


def _list(title: str, page: WorkList, command: str) -> list[Block]:
    blocks = [header(title)]
    if not page.total:
        return [*blocks, section(escape(EMPTY_LIST[page.which]))]
    blocks += [item_block(item) for item in page.items]
    if page.left:
        blocks.append(context(f"and {page.left:,} more: `{command}`"))
    return blocks


def _buttons(tab: HomeTab) -> list[Block]:
    buttons = [button("New ticket", OPEN_NEW_TICKET), button("Look up customer", OPEN_LOOK_UP)]
    if tab.checks is not None:
        buttons.append(button("Send a test ticket", TEST_TICKET))
    return buttons


def _shop(glance: Glance | None) -> list[Block]:
    if glance is None:
        return [
            header("The shop"),
            section(NO_ORDERS),
        ]
    age = f" · imported {date_token(glance.data_as_of)}" if glance.data_as_of else ""
    return [
        header("The shop"),
        section(
            "\n".join(_window(window) for window in glance.windows),
        ),
        context(f"Whole days until {glance.until:%a} {spoken(glance.until)}{age}"),
    ]


def _window(window: Window) -> str:
    change = window.change
    plural = "" if window.orders == 1 else "s"
    grown = "" if change is None else f", {change:+.0%}"
    return (
        f"*Last {window.days} days*  {window.orders:,} order{plural} (before: "
        f"{window.orders_before:,}), {escape(window.revenue.rounded)} "
        f"(before: {escape(window.revenue_before.rounded)}{grown})"
    )


def _setup(checks: tuple[Check, ...]) -> list[Block]:
    open_points = sum(not check.is_ok for check in checks)
    return [
        header("Set-up"),
        section(f"*{headline(open_points)}*", accessory=button("Look again", LOOK_AGAIN)),
        *check_blocks(checks),
    ]


def _channels(channels: Sequence[ChannelSeen], *, with_settings: bool) -> list[Block]:
    joined = [channel for channel in channels if channel.is_member]
    others = [channel for channel in channels if not channel.is_member]
    blocks = [header("Channels"), section(f"*I am in* {_names(joined) or 'no channel yet'}")]
    if others:
        blocks.append(
            section(f"*I am not in* {_names(others)}\nType `/invite @regulars` there to add me."),
        )
    if with_settings:
        choose = {
            "type": "channels_select",
            "action_id": OPEN_SETTINGS,
            "placeholder": plain("Choose a channel"),
        }
        blocks.append(
            section(
                "*Settings of a channel*: its emoji, tags, and whether it is for triage. In a "
                "private channel type `/regulars settings`.",
                accessory=choose,
            )
        )
    return [*blocks, context("Private channels without me are not listed: I cannot see them.")]


def _names(channels: Sequence[ChannelSeen]) -> str:
    named = ", ".join(f"#{escape(channel.name)}" for channel in channels[:NAMED_CHANNELS])
    left = len(channels) - NAMED_CHANNELS
    return f"{named} and {left:,} more" if left > 0 else named
