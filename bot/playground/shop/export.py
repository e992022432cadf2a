"""Shopify's orders and customers exports of the sample shop."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import TextIO
from zoneinfo import ZoneInfo

from bot.playground.shop.people import Person
from bot.playground.shop.trade import Line, Order, Shop

ZONE = ZoneInfo("Europe/London")
# Shopify's numbers are long; the invoice number makes the end of ours.
FIRST_ORDER_ID = 5_000_000_000_000

# The names and their order are those of an online shop without tax columns.
ORDER_HEADER = (
    *("Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Fulfilled at"),
    *("Accepts Marketing", "Currency", "Subtotal", "Shipping", "Taxes", "Total"),
    *("Discount Code", "Discount Amount", "Shipping Method", "Created at"),
    *("Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem compare at price"),
    *("Lineitem sku", "Lineitem requires shipping", "Lineitem taxable"),
    *("Lineitem fulfillment status", "Billing Name", "Billing Street", "Billing Address1"),
    *("Billing Address2", "Billing Company", "Billing City", "Billing Zip", "Billing Province"),
    *("Billing Country", "Billing Phone", "Shipping Name", "Shipping Street"),
    *("Shipping Address1", "Shipping Address2", "Shipping Company", "Shipping City"),
    *("Shipping Zip", "Shipping Province", "Shipping Country", "Shipping Phone", "Notes"),
    *("Note Attributes", "Cancelled at", "Payment Method", "Payment Reference"),
    *("Refunded Amount", "Vendor", "Id", "Tags", "Risk Level", "Source", "Lineitem discount"),
    "Phone",
)
CUSTOMER_HEADER = (
    *("Customer ID", "First Name", "Last Name", "Email", "Accepts Email Marketing"),
    *("Default Address Company", "Default Address Address1", "Default Address Address2"),
    *("Default Address City", "Default Address Province Code", "Default Address Country Code"),
    *("Default Address Zip", "Default Address Phone", "Phone", "Accepts SMS Marketing"),
    *("Total Spent", "Total Orders", "Note", "Tax Exempt", "Tags"),
)


def write_orders(shop: Shop, out: TextIO) -> None:
    """Write one row for each line item; cells of the order stand on its first row only."""
    out.write(",".join(ORDER_HEADER) + "\n")
    writer = csv.DictWriter(out, ORDER_HEADER, restval="", lineterminator="\n")
    between = "," * (ORDER_HEADER.index("Lineitem quantity") - 2)
    for order in shop.orders:
        person = shop.people.get(order.customer_id)
        writer.writerow({**_order_cells(order, person), **_line_cells(order.lines[0])})
        # Half a million further rows: joined by hand, since csv takes far longer for empty cells.
        start = f"#{order.number},{person.email if person else ''}{between},"
        out.writelines(start + _tail(line) for line in order.lines[1:])


def _order_cells(order: Order, person: Person | None) -> dict[str, object]:
    created = _time(order.placed_at)
    cancelled = order.cancelled_at
    phone = f"'{person.phone}" if person and person.phone else ""
    return {
        "Name": f"#{order.number}",
        "Email": person.email if person else "",
        "Financial Status": _financial_status(order),
        "Paid at": created,
        "Fulfillment Status": "unfulfilled" if cancelled else "fulfilled",
        "Fulfilled at": "" if cancelled else created,
        "Accepts Marketing": _yes(person.accepts_marketing) if person else "no",
        "Currency": "GBP",
        "Subtotal": money(order.subtotal),
        "Shipping": money(order.shipping),
        "Taxes": "0.00",
        "Total": money(order.total),
        "Discount Amount": "0.00",
        "Created at": created,
        "Billing Name": person.name if person else "",
        "Billing Country": order.country,
        "Billing Phone": phone,
        "Shipping Name": person.name if person else "",
        "Shipping Country": order.country,
        "Cancelled at": _time(cancelled) if cancelled else "",
        "Refunded Amount": money(order.refunded),
        "Id": FIRST_ORDER_ID + int(order.number),
        "Risk Level": "Low",
        "Source": "web",
        "Phone": phone,
    }


def _line_cells(line: Line) -> dict[str, object]:
    return {
        "Lineitem quantity": line.quantity,
        "Lineitem name": line.item,
        "Lineitem price": money(line.price),
        "Lineitem sku": line.code,
        "Lineitem requires shipping": "true",
        "Lineitem taxable": "false",
        "Lineitem fulfillment status": "fulfilled",
        "Lineitem discount": "0.00",
    }


_TAIL_START = ORDER_HEADER.index("Lineitem sku") + 1


@cache
def _end_of_tail() -> str:
    cells = _line_cells(Line("", "", 0, 0))
    return ",".join(str(cells.get(name, "")) for name in ORDER_HEADER[_TAIL_START:])


def _tail(line: Line) -> str:
    """Write a row from its quantity on."""
    item, price = _quoted(line.item), money(line.price)
    return f"{line.quantity},{item},{price},,{line.code},{_end_of_tail()}\n"


@cache
def _quoted(cell: str) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow([cell])
    return buffer.getvalue()


def _financial_status(order: Order) -> str:
    if not order.refunded:
        return "paid"
    return "refunded" if order.refunded == order.total else "partially_refunded"


def _time(at: datetime) -> str:
    """Show a London time as Shopify does, with its distance from UTC."""
    return at.replace(tzinfo=ZONE).strftime("%Y-%m-%d %H:%M:%S %z")


@cache
def money(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02d}"


def _yes(answer: bool) -> str:  # noqa: FBT001 - a plain conversion
    return "yes" if answer else "no"


def write_customers(shop: Shop, out: TextIO) -> None:
    """Write everybody who ever bought, those who gave everything back included."""
    orders, spend = _sums(shop.orders)
    writer = csv.DictWriter(out, CUSTOMER_HEADER, restval="", lineterminator="\n")
    writer.writeheader()
    for person in shop.people.values():
        phone = f"'{person.phone}" if person.phone else ""
        writer.writerow(
            {
                "Customer ID": f"'{person.customer_id}",
                "First Name": person.given_name,
                "Last Name": person.surname,
                "Email": person.email,
                "Accepts Email Marketing": _yes(person.accepts_marketing),
                "Default Address Country Code": person.country,
                "Default Address Phone": phone,
                "Phone": phone,
                "Accepts SMS Marketing": "no",
                "Total Spent": money(spend[person.customer_id]),
                "Total Orders": orders[person.customer_id],
                "Tax Exempt": "no",
            },
        )


def _sums(orders: Iterable[Order]) -> tuple[Mapping[str, int], Mapping[str, int]]:
    number: Counter[str] = Counter()
    spend: Counter[str] = Counter()
    for order in orders:
        if not order.cancelled_at:
            number[order.customer_id] += 1
            spend[order.customer_id] += order.total - order.refunded
    return number, spend
