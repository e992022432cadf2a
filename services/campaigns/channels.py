"""The systems to which a list can be delivered, as people call them."""

from storage.campaigns.deliveries import Channel

__all__ = ["DELIVER", "NO_ACCOUNT", "SYSTEMS", "Channel"]

DELIVER = "campaign.deliver"
"""The job that delivers a list to another system."""
SYSTEMS = {Channel.KLAVIYO: "Klaviyo", Channel.SHOPIFY: "Shopify"}
NO_ACCOUNT = {
    Channel.KLAVIYO: "Only files so far: set KLAVIYO_API_KEY to fill a list in Klaviyo from here.",
    Channel.SHOPIFY: (
        "Only files so far: set SHOPIFY_SHOP and SHOPIFY_ACCESS_TOKEN to tag customers in Shopify."
    ),
}
