"""Which days of orders are complete: the same everywhere that days are compared."""

from storage import series
from storage.database import Connection

MISSING_ORDERS = 3
"""So many that should have come and did not are no chance (5 %): the last day is cut off."""


async def last_whole_day(connection: Connection, newest: int, today: int) -> int:
    """Leave out today, and a last day that was cut off: a file written at noon lacks its rest."""
    is_cut_off = await series.missing_orders(connection, newest) >= MISSING_ORDERS
    return newest - 1 if newest >= today or is_cut_off else newest
