"""`python -m bot.playground.shop --out orders.csv [--customers customers.csv] [--today DATE]`."""

import argparse
import json
import sys
from datetime import date, datetime
from pathlib import Path

from bot.playground.shop.export import ZONE, write_customers, write_orders
from bot.playground.shop.trade import open_shop


def main() -> None:
    parser = argparse.ArgumentParser(prog="bot.playground.shop", description="Write the shop.")
    parser.add_argument("--out", type=Path, required=True, help="orders export to write")
    parser.add_argument("--customers", type=Path, help="customers export to write")
    parser.add_argument("--today", type=date.fromisoformat, help="default: today in London")
    chosen = parser.parse_args()
    shop = open_shop(chosen.today or datetime.now(ZONE).date())
    with chosen.out.open("w", encoding="utf-8", newline="") as out:
        write_orders(shop, out)
    if chosen.customers:
        with chosen.customers.open("w", encoding="utf-8", newline="") as out:
            write_customers(shop, out)
    sys.stdout.write(json.dumps(shop.counts) + "\n")


if __name__ == "__main__":
    main()
