"""The closed vocabularies of the API."""

STATUSES = ("open", "closed")
PRIORITIES = ("critical", "high", "normal", "low")
ROLES = (
    "admin",
    "agent",
    "basic-agent",
    "lite-agent",
    "observer-agent",
    "internal-agent",
    "bot",
)

# An account may add channels of its own; this one has none, so that a typing error is refused.
CHANNELS = (
    "aircall",
    "api",
    "chat",
    "contact_form",
    "email",
    "facebook",
    "facebook-mention",
    "facebook-messenger",
    "facebook-recommendations",
    "help-center",
    "instagram-ad-comment",
    "instagram-comment",
    "instagram-direct-message",
    "instagram-mention",
    "internal-note",
    "phone",
    "sms",
    "twitter",
    "twitter-direct-message",
    "whatsapp",
    "yotpo-review",
)

# The writable ones: gorgias_chat, offline_capture and self_service belong to Gorgias itself.
VIAS = (
    *CHANNELS,
    "form",
    "helpdesk",
    "instagram",
    "rule",
    "shopify",
    "twilio",
    "yotpo",
    "zendesk",
)

UPLOAD_TYPES = ("attachment", "public_attachment", "profile_picture", "widget_picture")
