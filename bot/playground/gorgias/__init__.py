"""An emulated Gorgias: the documented REST API, kept in memory, with faults on demand."""

from bot.playground.gorgias.emulator import GorgiasEmulator

__all__ = ["GorgiasEmulator"]
