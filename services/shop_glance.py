"""The shop at a glance: orders and revenue of the last days beside the same days before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from services.days import to_date, to_day, today
from services.money import Money
from services.whole_days import last_whole_day
from storage import shop_figures
from storage.database import Database
from storage.shop_figures import Figures

WINDOWS = (7, 28)


@dataclass(frozen=True, slots=True)
class Window:
    """So many whole days, and as many before them."""

    days: int
    orders: int
    revenue: Money
    orders_before: int
    revenue_before: Money

    @property
    def change(self) -> float | None:
        """By what part revenue grew; None when there was none before."""
        if self.revenue_before.minor <= 0:
            return None
        return self.revenue.minor / self.revenue_before.minor - 1


@dataclass(frozen=True, slots=True)
class Glance:
    """Windows that end on `until`, the last whole day of which there are data."""

    until: date
    data_as_of: datetime | None
    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class ShopGlance:
    """Reads the figures; `zone` is where the shop's days begin and end."""

    database: Database
    currency: str
    zone: ZoneInfo

    async def read(self) -> Glance | None:
        """Look at the newest whole days; None while there are no orders."""
        now = today(self.zone)
        async with self.database.read() as connection:
            newest = await shop_figures.newest_day(connection)
            if newest is None:
                return None
            # Days without an import yet, and half of one, would look like a collapse.
            newest = min(newest, now)
            until = to_date(await last_whole_day(connection, to_day(newest), to_day(now)))
            first = until - timedelta(days=2 * max(WINDOWS) - 1)
            by_day = await shop_figures.by_day(connection, first, until)
            as_of = await shop_figures.data_as_of(connection)
        return Glance(until, as_of, tuple(self._window(days, until, by_day) for days in WINDOWS))

    def _window(self, days: int, until: date, by_day: Mapping[date, Figures]) -> Window:
        now = _sum(by_day, until, days)
        before = _sum(by_day, until - timedelta(days=days), days)
        return Window(
            days=days,
            orders=now.orders,
            revenue=Money(now.spend, self.currency),
            orders_before=before.orders,
            revenue_before=Money(before.spend, self.currency),
        )


def _sum(by_day: Mapping[date, Figures], until: date, days: int) -> Figures:
    found = [by_day.get(until - timedelta(days=back), Figures()) for back in range(days)]
    return Figures(sum(each.orders for each in found), sum(each.spend for each in found))
