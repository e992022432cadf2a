"""Amounts of money: whole minor units and a currency, never a float."""

from dataclasses import dataclass
from decimal import Decimal

# ISO 4217 currencies whose minor unit is not a hundredth.
_WITHOUT_MINOR_UNIT = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
_DIGITS = {
    **dict.fromkeys(_WITHOUT_MINOR_UNIT.split(), 0),
    **dict.fromkeys(_THOUSANDTHS.split(), 3),
}
_SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥"}


def minor_digits(currency: str) -> int:
    """How many decimals the currency has: 2 for EUR, 0 for JPY, 3 for KWD."""
    return _DIGITS.get(currency, 2)


@dataclass(frozen=True, slots=True)
class Money:
    minor: int
    currency: str

    @classmethod
    def of(cls, major: float, currency: str) -> "Money":
        """Round an amount in major units."""
        return cls(round(major * 10 ** minor_digits(currency)), currency)

    @property
    def major(self) -> Decimal:
        return Decimal(self.minor).scaleb(-minor_digits(self.currency))

    def __str__(self) -> str:
        """As people read it: £1,234.50, -£3.00, CHF 12.00."""
        amount = f"{abs(self.major):,.{minor_digits(self.currency)}f}"
        sign = "-" if self.minor < 0 else ""
        return f"{sign}{_SYMBOLS.get(self.currency, self.currency + ' ')}{amount}"

    @property
    def rounded(self) -> str:
        """Without minor units, where a column or a picture has little room: £1,235."""
        return str(Money.of(round(self.major), self.currency)).partition(".")[0]
