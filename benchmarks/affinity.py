"""Are the rule counts exact, and are all pairs of a large shop found in seconds?

    python -m benchmarks.affinity [--data DIR] [--lines 12000000]

With --data, DIR holds `groceries/groceries.basket` and the published rule counts are checked.
"""

import argparse
import resource
import time
from collections import Counter
from pathlib import Path

import numpy as np

from benchmarks.synthetic_shop import draw_lines
from services.analytics.affinity import count_pairs, order_matrix
from services.analytics.rules import association_rules

LINES_PER_ORDER = 2.4
FEWEST_SHARED = 20
# arules documentation: rules by their number of products, at support 0.001.
PUBLISHED = {
    0.8: {3: 29, 4: 229, 5: 140, 6: 12},
    0.5: {2: 11, 3: 1461, 4: 3211, 5: 939, 6: 46},
}


def groceries(path: Path) -> bool:
    """Compare the rule counts with the published ones."""
    text = path.read_text(encoding="utf-8").splitlines()
    baskets = [[label.strip() for label in line.split(",")] for line in text if line.strip()]
    names, product = np.unique([label for one in baskets for label in one], return_inverse=True)
    order = np.repeat(np.arange(len(baskets)), [len(basket) for basket in baskets])
    matrix = order_matrix(order, product, names.size)
    exact = True
    for confidence, published in PUBLISHED.items():
        started = time.perf_counter()
        rules = association_rules(matrix, min_support=0.001, min_confidence=confidence)
        seconds = time.perf_counter() - started
        found = dict(sorted(Counter(len(rule.antecedent) + 1 for rule in rules).items()))
        exact = exact and found == published
        top = max(rules, key=lambda rule: rule.lift)
        print(f"confidence {confidence}: {len(rules)} rules {found} in {seconds:.2f} s")
        print(f"  published {sum(published.values())} {published}")
        left = ", ".join(names[list(top.antecedent)])
        print(f"  highest lift {{{left}}} => {{{names[top.consequent]}}} {top.lift:.3f}")
    return exact


def large_shop(lines: int) -> None:
    """Time and memory of all pairs in a synthetic shop, and how many true partners are found."""
    orders = int(lines / LINES_PER_ORDER)
    drawn = draw_lines(orders, seed=1)
    products = drawn.partner.size
    before = _peak_megabytes()
    started = time.perf_counter()
    matrix = order_matrix(drawn.order, drawn.product, products)
    pairs = count_pairs(matrix, FEWEST_SHARED)
    seconds = time.perf_counter() - started
    ranking = np.argsort(-pairs.lift_lower)[:1000]
    left, right = pairs.left[ranking], pairs.right[ranking]
    true = (drawn.partner[left] == right) | (drawn.partner[right] == left)
    print(f"{drawn.order.size:,} lines, {orders:,} orders, {products:,} products")
    print(f"  {pairs.count.size:,} pairs of at least {FEWEST_SHARED} orders in {seconds:.1f} s")
    print(f"  peak memory {_peak_megabytes():.0f} MB, {before:.0f} MB before; target 10 s, 1 GB")
    print(f"  {true.mean():.1%} of the first 1,000 pairs are true partners")


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with the public data sets")
    parser.add_argument("--lines", type=int, default=12_000_000)
    arguments = parser.parse_args()
    if arguments.data and not groceries(arguments.data / "groceries" / "groceries.basket"):
        raise SystemExit("The rule counts differ from the published ones.")
    large_shop(arguments.lines)


if __name__ == "__main__":
    main()
