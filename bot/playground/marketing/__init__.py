"""An emulated Klaviyo and the part of Shopify that tags customers, kept in memory."""

from bot.playground.marketing.emulator import MarketingEmulator

__all__ = ["MarketingEmulator"]
