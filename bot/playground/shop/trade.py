"""From invoices to orders: what was bought, sent, given back and called off."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from bot.playground.shop.people import Person, country_code, invent_people
from bot.playground.shop.table import Row, read_table

SHIPPING_CODES = frozenset({"POST", "DOT", "C2"})
# Discounts, corrections, fees, samples, donations and vouchers: money, but nothing was sold.
LEFT_OUT_CODES = frozenset({"M", "D", "S", "B", "BANK CHARGES", "AMAZONFEE", "CRUK", "PADS"})
VOUCHER_PREFIX = "GIFT_"
# An order given back as a whole within this time was called off, not returned.
CANCELLATION_WINDOW = timedelta(hours=24)


class Line(NamedTuple):
    """So many pieces of one product; `price` is pence for one."""

    code: str
    item: str
    quantity: int
    price: int


@dataclass(slots=True)
class Order:
    """One invoice as an order of the shop; all amounts are pence, `placed_at` is London time."""

    number: str
    placed_at: datetime
    customer_id: str
    country: str
    lines: list[Line] = field(default_factory=list)
    shipping: int = 0
    refunded: int = 0
    last_return_at: datetime | None = None

    @property
    def subtotal(self) -> int:
        return sum(line.quantity * line.price for line in self.lines)

    @property
    def total(self) -> int:
        return self.subtotal + self.shipping

    @property
    def cancelled_at(self) -> datetime | None:
        """When the order was called off: all of its money came back within a day."""
        at = self.last_return_at
        whole = at is not None and self.refunded == self.total
        return at if whole and at and at - self.placed_at <= CANCELLATION_WINDOW else None


@dataclass(slots=True)
class _Purchase:
    """What is left to give back of one product in one order."""

    order: Order
    quantity: int = 0
    amount: int = 0


@dataclass
class Shop:
    """All orders in the order of time, everybody who ever bought, and what became of each row."""

    orders: list[Order]
    people: dict[str, Person]
    counts: Counter[str]


def open_shop(today: date) -> Shop:
    """Read the table as if its last day lay within the seven days before `today`."""
    books = _Books()
    countries: dict[str, str] = {}
    for row in read_table():
        books.enter(row)
        if row.customer_id:
            countries.setdefault(row.customer_id, row.country)
    orders = books.close()
    _shift(orders, today)
    return Shop(orders, invent_people(countries), books.counts)


def weeks_to(today: date, last_day: date) -> timedelta:
    """Whole weeks, so that weekdays stay weekdays, from `last_day` to the days before `today`."""
    return timedelta(weeks=(today - timedelta(days=1) - last_day).days // 7)


def _shift(orders: Iterable[Order], today: date) -> None:
    listed = list(orders)
    shift = weeks_to(today, max(order.placed_at for order in listed).date())
    for order in listed:
        order.placed_at += shift
        if order.last_return_at:
            order.last_return_at += shift


@cache
def pence(price: str) -> int:
    return int(Decimal(price).scaleb(2))


class _Books:
    """Enters rows in their order and keeps count of what happened to each."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._orders: dict[str, Order] = {}
        self._bought: dict[tuple[str, str], list[_Purchase]] = {}

    def enter(self, row: Row) -> None:
        self.counts["rows"] += 1
        code = row.stock_code.upper()
        if code in LEFT_OUT_CODES or code.startswith(VOUCHER_PREFIX):
            self.counts["rows left out: fee, discount, correction or voucher"] += 1
        elif pence(row.unit_price) <= 0:
            self.counts["rows left out: no price"] += 1
        elif row.quantity.startswith("-"):
            self._give_back(row, code)
        else:
            self._buy(row, code)

    def _buy(self, row: Row, code: str) -> None:
        order = self._orders.get(row.invoice)
        if order is None:
            placed_at = datetime.fromisoformat(row.invoice_date)
            country = country_code(row.country)
            order = Order(row.invoice, placed_at, row.customer_id, country)
            self._orders[row.invoice] = order
        quantity, price = int(row.quantity), pence(row.unit_price)
        if code in SHIPPING_CODES:
            self.counts["rows of shipping"] += 1
            order.shipping += quantity * price
        else:
            self.counts["rows of goods"] += 1
            order.lines.append(Line(row.stock_code, row.description, quantity, price))
        if row.customer_id:
            purchases = self._bought.setdefault((row.customer_id, code), [])
            if not purchases or purchases[-1].order is not order:
                purchases.append(_Purchase(order))
            purchases[-1].quantity += quantity
            purchases[-1].amount += quantity * price

    def _give_back(self, row: Row, code: str) -> None:
        """Take a return off the customer's latest order that still holds so many of the product."""
        if not row.customer_id:
            self.counts["returns left out: guest"] += 1
            return
        quantity = -int(row.quantity)
        for purchase in reversed(self._bought.get((row.customer_id, code), [])):
            if purchase.quantity >= quantity:
                # Never more than was paid: some credits were written at a later, higher price.
                amount = min(quantity * pence(row.unit_price), purchase.amount)
                purchase.quantity -= quantity
                purchase.amount -= amount
                purchase.order.refunded += amount
                purchase.order.last_return_at = datetime.fromisoformat(row.invoice_date)
                self.counts["returns matched to an order"] += 1
                return
        self.counts["returns left out: no earlier order holds it"] += 1

    def close(self) -> list[Order]:
        """Give the orders that hold goods; invoices of shipping alone are left out."""
        orders = [order for order in self._orders.values() if order.lines]
        self.counts["invoices left out: shipping alone"] = len(self._orders) - len(orders)
        self.counts["orders"] = len(orders)
        self.counts["orders of guests"] = sum(1 for order in orders if not order.customer_id)
        self.counts["orders with a refund"] = sum(1 for order in orders if order.refunded)
        self.counts["orders cancelled"] = sum(1 for order in orders if order.cancelled_at)
        return orders
