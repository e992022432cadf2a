"""A sample shop: real trade with invented people, written as Shopify's exports."""

from bot.playground.shop.export import write_customers, write_orders
from bot.playground.shop.trade import Shop, open_shop

__all__ = ["Shop", "open_shop", "write_customers", "write_orders"]
