"""A customer's true figures, counted straight from the table by code of its own.

It shares nothing with `bot.playground.shop` but the file, so that the two can be compared.
"""

import csv
import lzma
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import bot.playground.shop

TABLE = Path(bot.playground.shop.__file__).parent / "online_retail.csv.xz"
LONDON = ZoneInfo("Europe/London")
SHIPPING = {"POST", "DOT", "C2"}
NO_SALE = {"M", "D", "S", "B", "BANK CHARGES", "AMAZONFEE", "CRUK", "PADS"}


@dataclass(frozen=True)
class TrueFigures:
    """Cancelled orders and orders without goods count nowhere; spend is less refunds."""

    orders: int
    spend: Decimal
    first_at: datetime | None
    last_at: datetime | None
    order_names: tuple[str, ...]
    cancelled: tuple[str, ...]
    refunded: Decimal


@cache
def rows_of_customers() -> dict[str, list[list[str]]]:
    """Give each customer's rows as [invoice, time, code, quantity, price], in time order."""
    found: dict[str, list[list[str]]] = {}
    with lzma.open(TABLE, "rt", encoding="utf-8", newline="") as file:
        head = ["", "", "", ""]
        for cells in list(csv.reader(file))[1:]:
            head = cells[:4] if cells[0] else head
            found.setdefault(head[2], []).append([head[0], head[1], cells[4], cells[6], cells[7]])
    return found


def true_figures(customer_id: str, today: date) -> TrueFigures:
    bought: dict[str, list[tuple[str, int, Decimal]]] = {}
    placed: dict[str, datetime] = {}
    given_back: dict[str, list[tuple[str, int, Decimal, datetime]]] = {}
    for invoice, time, stock_code, quantity, price in rows_of_customers()[customer_id]:
        code, number, each = stock_code.upper(), int(quantity), Decimal(price)
        if code in NO_SALE or code.startswith("GIFT") or each <= 0:
            continue
        at = datetime.fromisoformat(time)
        if number > 0:
            bought.setdefault(invoice, []).append((code, number, each))
            placed.setdefault(invoice, at)
            continue
        for earlier in sorted(bought, key=list(bought).index, reverse=True):
            left_units = _units(bought[earlier], code) - _returned_units(given_back, earlier, code)
            if left_units < -number or not _units(bought[earlier], code):
                continue
            left_money = _paid(bought[earlier], code) - _credited(given_back, earlier, code)
            credit = min(-number * each, left_money)
            given_back.setdefault(earlier, []).append((code, -number, credit, at))
            break
    return _summed(bought, placed, given_back, _shift(today))


def _summed(
    bought: dict[str, list[tuple[str, int, Decimal]]],
    placed: dict[str, datetime],
    given_back: dict[str, list[tuple[str, int, Decimal, datetime]]],
    shift: timedelta,
) -> TrueFigures:
    names, cancelled, spend, refunded = [], [], Decimal(0), Decimal(0)
    for invoice, lines in bought.items():
        if all(code in SHIPPING for code, _, _ in lines):
            continue
        total = sum((number * each for _, number, each in lines), Decimal(0))
        back = sum((credit for _, _, credit, _ in given_back.get(invoice, [])), Decimal(0))
        refunded += back
        whole = back == total
        if whole and given_back[invoice][-1][3] <= placed[invoice] + timedelta(hours=24):
            cancelled.append(f"#{invoice}")
            continue
        names.append(f"#{invoice}")
        spend += total - back
    times = [(placed[name.removeprefix("#")] + shift).replace(tzinfo=LONDON) for name in names]
    return TrueFigures(
        orders=len(names),
        spend=spend,
        first_at=min(times, default=None),
        last_at=max(times, default=None),
        order_names=tuple(names),
        cancelled=tuple(cancelled),
        refunded=refunded,
    )


def _units(lines: Iterable[tuple[str, int, Decimal]], code: str) -> int:
    return sum(number for line_code, number, _ in lines if line_code == code)


def _paid(lines: Iterable[tuple[str, int, Decimal]], code: str) -> Decimal:
    return sum((number * each for line, number, each in lines if line == code), Decimal(0))


def _returned_units(
    given_back: dict[str, list[tuple[str, int, Decimal, datetime]]], invoice: str, code: str
) -> int:
    return sum(number for line, number, _, _ in given_back.get(invoice, []) if line == code)


def _credited(
    given_back: dict[str, list[tuple[str, int, Decimal, datetime]]], invoice: str, code: str
) -> Decimal:
    found = (credit for line, _, credit, _ in given_back.get(invoice, []) if line == code)
    return sum(found, Decimal(0))


def _shift(today: date) -> timedelta:
    """Whole weeks so that 9 December 2011 falls into the seven days before `today`."""
    weeks = 0
    while date(2011, 12, 9) + timedelta(weeks=weeks + 1) < today:
        weeks += 1
    return timedelta(weeks=weeks)
