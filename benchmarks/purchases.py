"""Purchases of a public data set, seen as of any day: what the models get, and what came after."""

import csv
import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from services.analytics.arrays import FloatArray, IntArray
from services.analytics.history import CustomerHistory
from services.analytics.seasonality import MonthlyRepeats
from services.days import to_date


@dataclass(frozen=True, slots=True)
class Purchases:
    """One entry for each customer and day with a purchase, sorted; days since 1970."""

    customer: IntArray
    day: IntArray
    value: FloatArray

    @classmethod
    def of_orders(cls, customer: IntArray, day: IntArray, value: FloatArray) -> "Purchases":
        """Add up the orders of one customer on one day."""
        order = np.lexsort((day, customer))
        customer, day, value = customer[order], day[order], value[order]
        starts = np.flatnonzero(np.r_[True, (np.diff(customer) != 0) | (np.diff(day) != 0)])
        return cls(customer[starts], day[starts], np.add.reduceat(value, starts))

    def of(self, customers: IntArray) -> "Purchases":
        """Keep the purchases of these customers."""
        kept = np.isin(self.customer, customers)
        return Purchases(self.customer[kept], self.day[kept], self.value[kept])

    def repeats(self, as_of: int) -> MonthlyRepeats:
        """Count the purchases of each month that were not a customer's first."""
        seen = self.day <= as_of
        is_repeat = np.r_[False, np.diff(self.customer[seen]) == 0]
        day = np.r_[self.day[seen], as_of].astype("datetime64[D]")
        month = day.astype("datetime64[M]").astype(np.int64)
        month -= month.min()
        counts = np.bincount(month[:-1][is_repeat], minlength=month[-1] + 1)
        return MonthlyRepeats(to_date(as_of), counts)

    def history(self, as_of: int) -> tuple[IntArray, CustomerHistory]:
        """Customers seen up to and including the day, and their histories."""
        seen = self.day <= as_of
        customer, day, value = self.customer[seen], self.day[seen], self.value[seen]
        starts = np.flatnonzero(np.r_[True, np.diff(customer) != 0])
        sizes = np.diff(np.r_[starts, customer.size])
        spend = np.add.reduceat(value, starts)
        frequency = sizes - 1
        first, last = day[starts], day[starts + sizes - 1]
        return customer[starts], CustomerHistory(
            frequency=frequency,
            recency_days=last - first,
            age_days=as_of - first,
            monetary=(spend - value[starts]) / np.maximum(frequency, 1),
            spend=spend,
        )

    def after(
        self, customers: IntArray, as_of: int, horizon: int
    ) -> tuple[IntArray, FloatArray, FloatArray]:
        """Purchase days and spend of these customers in the horizon, days to the first or NaN."""
        inside = (self.day > as_of) & (self.day <= as_of + horizon)
        inside &= np.isin(self.customer, customers)
        place = np.searchsorted(customers, self.customer[inside])
        count = np.bincount(place, minlength=customers.size).astype(np.int64)
        spend = np.bincount(place, self.value[inside], customers.size).astype(np.float64)
        first = np.full(customers.size, np.inf)
        np.minimum.at(first, place, (self.day[inside] - as_of).astype(np.float64))
        return count, spend, np.where(np.isfinite(first), first, np.nan)


def day_number(iso: str) -> int:
    """Days since 1970 of a date such as 1997-09-30."""
    return int(np.datetime64(iso[:10], "D").astype(np.int64))


def read_cdnow(path: Path) -> Purchases:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(row["customer_id"], row["date"], row["amount"]) for row in csv.DictReader(file)]
    return _purchases(rows)


def read_online_retail(path: Path) -> Purchases:
    """Purchases of known customers; cancelled invoices, returns and free lines are left out."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = [
            (
                row["customer_id"],
                row["invoice_date"],
                str(int(row["quantity"]) * float(row["unit_price"])),
            )
            for row in csv.DictReader(file)
            if row["customer_id"]
            and not row["invoice"].startswith("C")
            and int(row["quantity"]) > 0
            and float(row["unit_price"]) > 0
        ]
    return _purchases(rows)


def read_complete_journey(path: Path) -> Purchases:
    """Purchases of households in a sample of grocery transactions."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = [
            (row["household_id"], row["transaction_timestamp"][:10], row["sales_value"])
            for row in csv.DictReader(file)
        ]
    return _purchases(rows)


def _purchases(rows: list[tuple[str, str, str]]) -> Purchases:
    _, customer = np.unique([row[0] for row in rows], return_inverse=True)
    days = {iso: day_number(iso) for iso in {row[1] for row in rows}}
    return Purchases.of_orders(
        customer.astype(np.int64),
        np.array([days[row[1]] for row in rows], dtype=np.int64),
        np.array([float(row[2]) for row in rows]),
    )
