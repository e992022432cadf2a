"""Which column means what: Shopify's exports, the UCI table, or a mapping the caller gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.errors import WrongInputError

ORDER_TARGETS = (
    "number",
    "customer_id",
    "email",
    "phone",
    "name",
    "country",
    "placed_at",
    "currency",
    "total",
    "refunded",
    "outstanding",
    "status",
    "cancelled_at",
    "channel",
    "sku",
    "title",
    "quantity",
    "unit_price",
    "line_total",
)
"""What a column of orders can mean."""

CUSTOMER_TARGETS = (
    "customer_id",
    "email",
    "phone",
    "first_name",
    "last_name",
    "country",
    "consent",
    "tags",
)

# What people write in --map for our words.
_ALIASES = {"order_number": "number", "order": "number", "product": "title", "price": "unit_price"}


@dataclass(frozen=True, slots=True)
class Layout:
    """`columns` gives for each target the headers to try; the first filled one counts."""

    kind: str
    columns: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...] = ()
    first_row_target: str | None = None
    """Only rows with this cell speak for the whole order; the others add a line item."""
    negative_quantities: bool = False
    cancellation_prefix: str | None = None
    """Numbers that begin so are documents that take back what an earlier order sold."""
    fees: frozenset[str] = field(default_factory=frozenset)
    """Stock codes that are postage, discounts or corrections and not products."""

    @property
    def has_prices(self) -> bool:
        """Whether the file tells what each line cost."""
        return bool({"unit_price", "line_total"} & set(self.columns))

    @property
    def different_totals(self) -> str:
        """What is wrong when the rows of an order disagree about its total."""
        rule = "rows of one order give different totals"
        return f"{rule}; amounts of lines are --map line_total=…" if self.kind == "map" else rule


SHOPIFY_ORDERS = Layout(
    kind="shopify",
    columns={
        "number": ("Name",),
        "email": ("Email",),
        "phone": ("Phone", "Billing Phone", "Shipping Phone"),
        "name": ("Billing Name", "Shipping Name"),
        "country": ("Shipping Country", "Billing Country"),
        "placed_at": ("Created at",),
        "currency": ("Currency",),
        "total": ("Total",),
        "refunded": ("Refunded Amount",),
        "outstanding": ("Outstanding Balance",),
        "status": ("Financial Status",),
        "cancelled_at": ("Cancelled at",),
        "channel": ("Source",),
        "sku": ("Lineitem sku",),
        "title": ("Lineitem name",),
        "quantity": ("Lineitem quantity",),
        "unit_price": ("Lineitem price",),
    },
    required=("number", "email", "placed_at", "total", "status", "quantity", "title", "unit_price"),
    first_row_target="total",
)

SHOPIFY_CUSTOMERS = Layout(
    kind="shopify-customers",
    columns={
        "customer_id": ("Customer ID",),
        "first_name": ("First Name",),
        "last_name": ("Last Name",),
        "email": ("Email",),
        "phone": ("Phone", "Default Address Phone"),
        "country": ("Default Address Country Code", "Country Code", "Country"),
        "consent": ("Accepts Email Marketing", "Accepts Marketing"),
        "tags": ("Tags",),
    },
    required=("first_name", "last_name", "email"),
)

UCI = Layout(
    kind="uci",
    columns={
        "number": ("invoice", "InvoiceNo"),
        "sku": ("stock_code", "StockCode"),
        "title": ("description",),
        "quantity": ("quantity",),
        "placed_at": ("invoice_date", "InvoiceDate"),
        "unit_price": ("unit_price", "UnitPrice", "Price"),
        "customer_id": ("customer_id", "CustomerID", "Customer ID"),
        "country": ("country",),
    },
    required=("number", "sku", "quantity", "placed_at", "unit_price", "customer_id"),
    negative_quantities=True,
    cancellation_prefix="C",
    fees=frozenset(
        ("POST", "DOT", "C2", "M", "D", "S", "B", "BANK CHARGES", "AMAZONFEE", "CRUK"),
    ),
)

PRESETS = {layout.kind: layout for layout in (SHOPIFY_ORDERS, SHOPIFY_CUSTOMERS, UCI)}


def mapped_layout(mapping: Mapping[str, str]) -> Layout:
    """Make the layout of `--map customer_id=cust,placed_at=date,total=amount`."""
    columns = {_ALIASES.get(target, target): (header,) for target, header in mapping.items()}
    unknown = sorted(set(columns) - set(ORDER_TARGETS))
    if unknown:
        raise WrongInputError(
            f"--map does not know {', '.join(unknown)}. It knows {', '.join(ORDER_TARGETS)}.",
        )
    if "placed_at" not in columns:
        raise WrongInputError("--map needs placed_at=<the column with the time of the order>.")
    if not {"customer_id", "email", "phone"} & set(columns):
        raise WrongInputError("--map needs customer_id=, email= or phone= to tell who ordered.")
    if not ({"total", "line_total"} & set(columns) or {"quantity", "unit_price"} <= set(columns)):
        raise WrongInputError("--map needs total=, line_total=, or quantity= and unit_price=.")
    return Layout(kind="map", columns=columns, required=tuple(columns))


def parse_mapping(text: str) -> dict[str, str]:
    """Read `a=b,c=d`; a header may contain spaces but no comma."""
    mapping: dict[str, str] = {}
    for part in text.split(","):
        target, equals, header = part.partition("=")
        if not equals or not target.strip() or not header.strip():
            raise WrongInputError(f'--map wants name=column pairs; "{part[:60]}" is not one.')
        if target.strip() in mapping:
            raise WrongInputError(f"--map gives {target.strip()} twice.")
        mapping[target.strip()] = header.strip()
    return mapping


def detect(header: Sequence[str]) -> Layout:
    """Tell Shopify's two exports apart by their columns."""
    for layout in (SHOPIFY_ORDERS, SHOPIFY_CUSTOMERS):
        if not _missing(layout, header):
            return layout
    if _place(header, UCI.columns["number"]) and not _missing(UCI, header):
        raise WrongInputError("This looks like the UCI Online Retail table: add --preset uci.")
    orders = "Name" in header
    closest = SHOPIFY_ORDERS if orders else SHOPIFY_CUSTOMERS
    missing = ", ".join(f'"{name}"' for name in _missing(closest, header))
    raise WrongInputError(
        "This is neither Shopify's orders export nor its customers export "
        f"(closest: {'orders' if orders else 'customers'}; missing {missing}). Name the columns "
        "with --map, for example --map customer_id=Client,placed_at=Date,total=Amount.",
    )


def places(layout: Layout, header: Sequence[str], targets: Sequence[str]) -> list[list[int]]:
    """Find the positions of each target's columns, in the order in which they are tried."""
    missing = _missing(layout, header)
    if missing:
        names = ", ".join(f'"{name}"' for name in missing)
        seen = ", ".join(f'"{name}"' for name in header[:30])
        raise WrongInputError(f"The file lacks the column {names}. Its columns are {seen}.")
    return [_place(header, layout.columns.get(target, ())) for target in targets]


def _missing(layout: Layout, header: Sequence[str]) -> list[str]:
    return [
        layout.columns[target][0]
        for target in layout.required
        if not _place(header, layout.columns[target])
    ]


def _place(header: Sequence[str], names: Sequence[str]) -> list[int]:
    folded = [name.casefold() for name in header]
    return [folded.index(name.casefold()) for name in names if name.casefold() in folded]
