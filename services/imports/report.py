"""What an import did, in numbers and rejected rows; nobody's address in full."""

from dataclasses import asdict, dataclass, field
from typing import Any

from services.masking import mask_email, mask_emails_in

REJECTIONS_KEPT = 1_000
_SHOWN = 40
_PERSONAL = {"name", "phone"}


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that was left out. `value` is masked."""

    line: int
    column: str
    rule: str
    value: str

    def __str__(self) -> str:
        return f'line {self.line}, column "{self.column}": {self.rule} ({self.value!r})'


class RowError(Exception):
    """Raised while reading one row; becomes a Rejection."""

    def __init__(self, target: str, rule: str, value: str) -> None:
        super().__init__(rule)
        self.target = target
        self.rule = rule
        self.value = value


def masked(target: str, value: str) -> str:
    """Make the value of a rejected cell safe to show."""
    if target == "email":
        return mask_email(value[:320])
    if target in _PERSONAL:
        return "•••"
    shown = mask_emails_in(value[:400])
    return shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"


@dataclass(slots=True)
class ImportReport:
    kind: str
    file_name: str
    file_hash: str = ""
    encoding: str = "UTF-8"
    dry_run: bool = False
    rows: int = 0
    orders_new: int = 0
    orders_replaced: int = 0
    orders_unchanged: int = 0
    lines: int = 0
    customers_new: int = 0
    customers_changed: int = 0
    products_new: int = 0
    guests: int = 0
    refunds: int = 0
    cancelled: int = 0
    phones_unreadable: int = 0
    rejected: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    seconds: float = 0.0

    def reject(self, rejection: Rejection) -> None:
        """Count every rejected row, keep the first thousand for the report."""
        self.rejected += 1
        if len(self.rejections) < REJECTIONS_KEPT:
            self.rejections.append(rejection)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)
