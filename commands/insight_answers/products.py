"""What products brought, as words and as JSON."""

from dataclasses import dataclass

from commands.insight_answers.telling import SPOKEN, told
from commands.insight_json import age_json, sale_json
from commands.insight_tables import LINES, Table, age_line, more, sale_row, table
from commands.schemas.insights import ProductsJson
from services.insights.results import Products


@dataclass(frozen=True, slots=True)
class ProductsAnswer:
    """What each product brought, and who came back for it."""

    products: Products

    @property
    def heading(self) -> str:
        return f"Products by {self.products.by} since {self.products.first_day:%d %b %Y}"

    @property
    def tables(self) -> list[Table]:
        head = ("Product", "Revenue", "Orders", "Units", "Buyers", "Bought again", "Tickets/100")
        rows = [sale_row(sale) for sale in self.products.sales[:LINES]]
        left = len(self.products.sales) - len(rows)
        return [("", [*table([head, *rows]), *more(left)])]

    @property
    def notes(self) -> list[str]:
        return [
            "Revenue at the prices of the lines; bought again: on another day.",
            self._tickets,
            age_line(self.products.age),
        ]

    @property
    def picture(self) -> Products | None:
        return self.products if self.products.sales else None

    @property
    def alt_text(self) -> str:
        """Say what the bars show to who cannot see them."""
        listed = [
            f"{sale.product.name} {sale.revenue}, {sale.orders:,} orders"
            for sale in self.products.sales[:SPOKEN]
        ]
        return f"Bars of products by {self.products.by}. {'; '.join(listed)}."

    def to_text(self) -> str:
        return told(self)

    @property
    def _tickets(self) -> str:
        counted = self.products.tickets
        if counted is None:
            return "Tickets per 100 orders: unknown until every Gorgias ticket has been read once."
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
