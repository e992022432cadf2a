"""Learning which products speak for which, in the process that computes it."""

from pathlib import Path

import numpy as np

from services.analytics.affinity import count_pairs
from services.analytics.next_best import strongest
from services.insights.basket_search import read_baskets
from services.scoring.folder import save_columns

FEWEST_ORDERS = 5
"""That hold both products; the evidence is a lower bound, so few orders weigh little."""
MOST_PARTNERS = 20


def learn(database_url: str, days: tuple[int, int], folder: Path) -> int:
    """See `work`."""
    matrix, products = read_baskets(database_url, days)
    found = strongest(count_pairs(matrix, FEWEST_ORDERS), MOST_PARTNERS)
    columns = {
        "product_id": products[found.product],
        "partner_id": products[found.partner],
        "orders": found.orders,
        "evidence": found.evidence,
    }
    save_columns(folder, {name: np.ascontiguousarray(column) for name, column in columns.items()})
    return int(found.product.size)
