"""What products brought, as words and as JSON."""

from dataclasses import dataclass

from commands.insight_answers.telling import SPOKEN, told
from commands.insight_json import age_json, sale_json
from commands.insight_tables import LINES, Table, age_line, more, sale_row, table
from commands.plurals import plural
from commands.schemas.insights import ProductsJson
from services.days import spoken
from services.insights.results import Products, ProductSale


@dataclass(frozen=True, slots=True)
class ProductsAnswer:
    """What each product brought, and who came back for it."""

    products: Products

    @property
    def heading(self) -> str:
        return f"Products by {self.products.by} since {spoken(self.products.first_day)}"

    @property
    def tables(self) -> list[Table]:
        tickets = bool(self.products.tickets and self.products.tickets[0])
        columns = ["Tickets"] if tickets else []
        head = ("Product", "Revenue", "Orders", "Units", "Buyers", "Again", *columns)
        sales = self.products.sales[:LINES]
        rows = [sale_row(sale, with_tickets=tickets) for sale in sales]
        left = self.products.found - len(rows)
        return [("", [*table([head, *rows]), *more(left)])]

    @property
    def notes(self) -> list[str]:
        return [
            "Revenue at the prices of the lines; again: buyers who bought it on another day, too.",
            self._tickets,
            age_line(self.products.age),
        ]

    @property
    def picture(self) -> Products | None:
        return self.products if self.products.sales else None

    @property
    def alt_text(self) -> str:
        """Say what the bars show to who cannot see them."""
        sales = self.products.sales[:SPOKEN]
        listed = [f"{sale.product.name} {_size(sale, self.products.by)}" for sale in sales]
        return f"Bars of products by {self.products.by}. {'; '.join(listed)}."

    def to_text(self) -> str:
        return told(self)

    @property
    def _tickets(self) -> str:
        counted = self.products.tickets
        if counted is None:
            return "Tickets per 100 orders: unknown until every Gorgias ticket has been read once."
        if not counted[0]:
            return "Tickets per 100 orders: there were no tickets in that time."
        return (
            f"Tickets per 100 orders: {counted[1]:,} of the {counted[0]:,} tickets of that time "
            "name a product their customer ordered."
        )

    def to_json(self) -> ProductsJson:
        products = self.products
        return {
            "insight": "products",
            "by": products.by,
            "currency": products.currency,
            "since": products.first_day.isoformat(),
            "products": [sale_json(sale) for sale in products.sales],
            **age_json(products.age),
        }


def _size(sale: ProductSale, by: str) -> str:
    """Tell what the bar is as long as, and what puts it in proportion."""
    orders = plural(sale.orders, "order")
    if by == "orders":
        return f"{orders}, {sale.revenue.rounded}"
    sizes = {"units": plural(sale.units, "unit"), "buyers": plural(sale.buyers, "buyer")}
    return f"{sizes.get(by, sale.revenue.rounded)}, {orders}"
