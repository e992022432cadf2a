from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from slack_sdk.models.views import View

from commands.regulars import ADMIN_HELP, AGENT_HELP, GUEST_HELP
from listeners.views.home import HomeTab, home
from services.money import Money
from services.ports import ChannelSeen
from services.setup_checks import Check
from services.shop_glance import Glance, Window
from services.work_list import Which, WorkItem, WorkList

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def item(number: int, subject: str = "Late parcel") -> WorkItem:
    return WorkItem(
        channel="C0SUPPORT",
        root_ts=f"{number}.0",
        ticket_id=number,
        url=f"https://acme.gorgias.com/app/ticket/{number}",
        subject=subject,
        priority="high",
        assignee=None,
        since=AT,
        is_waiting=False,
    )


def page(which: Which, count: int, total: int) -> WorkList:
    return WorkList(which, tuple(item(number) for number in range(1, count + 1)), total, 0)


ADMIN = HomeTab(
    help=ADMIN_HELP,
    is_first_visit=True,
    waiting=3,
    is_gorgias_away=True,
    notice="Looked again just now.",
    mine=page(Which.MINE, 5, 40),
    urgent=page(Which.URGENT, 5, 1_234),
    glance=Glance(
        date(2026, 11, 20),
        AT,
        (
            Window(7, 70, Money(123_456, "GBP"), 60, Money(100_000, "GBP")),
            Window(28, 250, Money(456_700, "GBP"), 0, Money(0, "GBP")),
        ),
    ),
    channels=[ChannelSeen(f"C{n}", f"channel-{n}", False, n % 2 == 0) for n in range(90)],
    checks=tuple(Check(f"Check {n}", n % 2 == 0, "do this " * 400) for n in range(12)),
)


def texts(tab: HomeTab) -> str:
    return str(home(tab)["blocks"])


def test_fullest_tab_keeps_to_slacks_limits() -> None:
    drawn: dict[str, Any] = home(ADMIN)
    assert len(drawn["blocks"]) <= 100
    View(**drawn).to_dict()
    for block in drawn["blocks"]:
        if "text" in block and block["type"] == "section":
            assert len(block["text"]["text"]) <= 3_000


def test_work_comes_before_actions_and_settings() -> None:
    shown = texts(ADMIN)
    places = [shown.index(title) for title in ("Your tickets", "Most urgent", "The shop", "Set-up")]
    assert places == sorted(places)
    assert "and 35 more: `/tickets mine`" in shown
    assert "and 25 more" in shown  # channels


def test_figures_stand_beside_the_same_days_before() -> None:
    shown = texts(ADMIN)
    assert "*Last 7 days*  70 orders (before: 60), £1,235 (before: £1,000, +23%)" in shown
    assert "*Last 28 days*  250 orders (before: 0), £4,567 (before: £0)" in shown
    assert "Whole days until Fri 20 Nov 2026" in shown


def test_what_is_to_be_done_comes_first_in_the_checklist() -> None:
    shown = texts(ADMIN)
    assert "6 points of the set-up need attention." in shown
    assert shown.index("✘ Check 1") < shown.index("✔ Check 0")


@pytest.mark.parametrize("help_", [AGENT_HELP, ADMIN_HELP])
def test_first_visit_greets_and_empty_lists_teach(help_: Any) -> None:  # noqa: ANN401
    tab = HomeTab(
        help=help_,
        is_first_visit=True,
        waiting=0,
        is_gorgias_away=False,
        mine=page(Which.MINE, 0, 0),
        urgent=page(Which.URGENT, 0, 0),
    )
    shown = texts(tab)
    assert "Welcome to Regulars" in shown
    assert "React 🎫 on any message to create one" in shown
    assert "No orders have been imported yet" in shown
    assert "Gorgias is not answering" not in shown


def test_guest_sees_no_work() -> None:
    tab = HomeTab(GUEST_HELP, is_first_visit=False, waiting=9, is_gorgias_away=False)
    assert "Your tickets" not in texts(tab)


def test_subject_of_a_colleague_can_mention_nobody() -> None:
    listed = WorkList(Which.MINE, (item(1, "<!channel> <https://evil|bank>"),), 1, 0)
    shown = texts(replace(ADMIN, mine=listed))
    assert "<!channel>" not in shown
    assert "&lt;!channel&gt;" in shown
