"""The systems to which a list can be delivered, as people call them."""

from storage.campaigns.deliveries import Channel, Outcome

__all__ = ["CHANNEL_WORDS", "DELIVER", "NO_ACCOUNT", "OUTCOME_WORDS", "SYSTEMS", "Channel"]

DELIVER = "campaign.deliver"
"""The job that delivers a list to another system."""
SYSTEMS = {Channel.KLAVIYO: "Klaviyo", Channel.SHOPIFY: "Shopify"}
CHANNEL_WORDS = {
    Channel.KLAVIYO_FILE: "CSV for Klaviyo",
    Channel.MAILCHIMP_FILE: "CSV for Mailchimp",
    Channel.KLAVIYO: "List in Klaviyo",
    Channel.SHOPIFY: "Tag in Shopify",
}
OUTCOME_WORDS = {
    Outcome.SENT: "on the way",
    Outcome.EXPORTED: "exported",
    Outcome.ACCEPTED: "taken",
    Outcome.TAGGED: "tagged",
    Outcome.REFUSED: "refused",
    Outcome.WITHDRAWN: "left out, for they do not consent any more",
}
NO_ACCOUNT = {
    Channel.KLAVIYO: "Only files so far: set KLAVIYO_API_KEY to fill a list in Klaviyo from here.",
    Channel.SHOPIFY: (
        "Only files so far: set SHOPIFY_SHOP and SHOPIFY_ACCESS_TOKEN to tag customers in Shopify."
    ),
}
