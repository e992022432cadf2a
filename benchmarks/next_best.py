"""Does the next best product beat the plain best sellers on baskets it has not seen?

    python -m benchmarks.next_best DATA_DIR [--customers 50000]

DATA_DIR holds `online_retail_2010_2011/online_retail.csv.gz`. Partners are learnt from all orders
up to a day. Every customer of before who buys something new within 91 days is told five products
they lack: a hit is one of them among the new ones of the first day they come again. The best
sellers are those of the same orders. In the drawn shop nobody has a taste: what a basket holds
says nothing of the next one, so nothing can beat the best sellers there.
"""

import argparse
import csv
import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse

from benchmarks.purchases import day_number
from benchmarks.synthetic_shop import draw_lines, draw_shop
from services.analytics.affinity import count_pairs, order_matrix
from services.analytics.arrays import BoolArray, FloatArray, IntArray, Places, distinct
from services.analytics.next_best import strongest
from services.partners.learning import FEWEST_ORDERS, MOST_PARTNERS

HORIZON_DAYS = 91
TOLD = 5
CUSTOMERS_AT_ONCE = 500
DRAWN_AS_OF = "2026-06-30"
Z_95 = 1.96


@dataclass(frozen=True, slots=True)
class Lines:
    """One entry a line that was bought; all but `day` are positions from 0."""

    order: IntArray
    customer: IntArray
    day: IntArray
    product: IntArray

    def where(self, chosen: BoolArray) -> "Lines":
        return Lines(
            self.order[chosen], self.customer[chosen], self.day[chosen], self.product[chosen]
        )


def read_online_retail(path: Path) -> Lines:
    """Lines of known customers, without what was cancelled or free."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = [
            (row["invoice"], row["customer_id"], row["invoice_date"], row["stock_code"])
            for row in csv.DictReader(file)
            if row["customer_id"]
            and not row["invoice"].startswith("C")
            and int(row["quantity"]) > 0
            and float(row["unit_price"]) > 0
        ]
    invoices, people, dates, products = zip(*rows, strict=True)
    day = np.array([day_number(iso) for iso in dates], dtype=np.int64)
    return Lines(_positions(invoices), _positions(people), day, _positions(products))


def draw(customers: int) -> Lines:
    shop = draw_shop(customers, seed=1, as_of=DRAWN_AS_OF)
    lines = draw_lines(shop.customer.size, seed=1)
    return Lines(lines.order, shop.customer[lines.order], shop.day[lines.order], lines.product)


def compare(name: str, lines: Lines, as_of: int) -> None:
    """Print the share of customers with a hit, ours and by best sellers, and the difference."""
    products = int(lines.product.max()) + 1
    past = lines.where(lines.day <= as_of)
    customers = distinct(past.customer)
    bought = order_matrix(past.customer, past.product, products)
    wanted = _first_new(lines, customers, bought, as_of)
    orders = order_matrix(past.order, past.product, products)
    table = strongest(count_pairs(orders, FEWEST_ORDERS), MOST_PARTNERS)
    evidence = sparse.csr_array(
        (table.evidence, (table.product, table.partner)), shape=(products, products)
    )
    sold = orders.sum(axis=0).astype(np.float64)
    who = np.flatnonzero(np.diff(wanted.indptr))
    ours, sellers = [], []
    for start in range(0, who.size, CUSTOMERS_AT_ONCE):
        some = who[start : start + CUSTOMERS_AT_ONCE]
        theirs, new = bought[some], wanted[some].toarray() > 0
        lacks = theirs.toarray() == 0
        ours.append(_hits((theirs @ evidence).toarray() * lacks, new))
        sellers.append(_hits(sold * lacks, new))
    _show(name, np.concatenate(ours), np.concatenate(sellers))


def _first_new(
    lines: Lines, customers: IntArray, bought: sparse.csr_array, as_of: int
) -> sparse.csr_array:
    """What these customers had never bought before they came again, on that day."""
    place = Places(customers).of(lines.customer)
    after = lines.where((lines.day > as_of) & (lines.day <= as_of + HORIZON_DAYS) & (place >= 0))
    place = Places(customers).of(after.customer)
    first = np.full(customers.size, np.iinfo(np.int64).max)
    np.minimum.at(first, place, after.day)
    on_it = after.day == first[place]
    held = (np.ones(int(on_it.sum())), (place[on_it], after.product[on_it]))
    new = sparse.csr_array(held, shape=bought.shape)
    new = sparse.csr_array(new - new.multiply(bought))
    new.eliminate_zeros()
    return new


def _hits(scores: FloatArray, new: BoolArray) -> BoolArray:
    """Whether one of the best scored products, those of score 0 never, is among the new ones."""
    told = np.argpartition(-scores, TOLD, axis=1)[:, :TOLD]
    is_told = np.take_along_axis(scores, told, axis=1) > 0
    is_hit = np.take_along_axis(new, told, axis=1) & is_told
    return np.asarray(is_hit.any(axis=1), dtype=np.bool_)


def _show(name: str, ours: BoolArray, sellers: BoolArray) -> None:
    gain = ours.astype(np.float64) - sellers
    reach = Z_95 * gain.std(ddof=1) / np.sqrt(gain.size)
    print(
        f"{name:<28} {gain.size:6,} customers | hit rate @{TOLD}: ours {ours.mean():.3f}, "
        f"best sellers {sellers.mean():.3f} | ahead by {gain.mean():+.3f} "
        f"({gain.mean() - reach:+.3f} to {gain.mean() + reach:+.3f})"
    )


def _positions(names: tuple[str, ...]) -> IntArray:
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder with the public data sets")
    parser.add_argument("--customers", type=int, default=50_000, help="of the drawn shop")
    arguments = parser.parse_args()
    retail = read_online_retail(arguments.data / "online_retail_2010_2011" / "online_retail.csv.gz")
    for as_of in ("2011-03-01", "2011-06-01", "2011-09-09"):
        compare(f"Online Retail, {as_of}", retail, day_number(as_of))
    drawn = draw(arguments.customers)
    compare("drawn shop", drawn, day_number(DRAWN_AS_OF) - HORIZON_DAYS)


if __name__ == "__main__":
    main()
