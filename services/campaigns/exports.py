"""The approved list as a file, page by page, so that its size does not matter."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from services.campaigns import files
from services.campaigns.files import Layout
from storage.campaigns import deliveries
from storage.campaigns.deliveries import Channel, Delivery, Outcome, Recipient
from storage.campaigns.plans import StoredCampaign
from storage.database import Database, Lane

ROWS = 2_000
CHANNELS = {Layout.KLAVIYO: Channel.KLAVIYO_FILE, Layout.MAILCHIMP: Channel.MAILCHIMP_FILE}


async def written(
    database: Database, stored: StoredCampaign, layout: Layout, currency: str
) -> AsyncIterator[str]:
    """Write header and lines, and note of each person whether they stand there."""
    yield files.header(layout)
    delivery, after = Delivery(stored.id, CHANNELS[layout]), 0
    while True:
        async with database.read(Lane.JOBS) as connection:
            page = await deliveries.recipients(connection, stored.id, after=after, limit=ROWS)
        if not page:
            return
        between = (page[0].customer_id, page[-1].customer_id)
        left_out = {each.customer_id: why for each in page if (why := _why_not(each))}
        kept = [each for each in page if each.customer_id not in left_out]
        yield files.lines(layout, kept, stored.name, currency)
        now = datetime.now(UTC)
        async with database.transaction() as connection:
            await delivery.note_all(connection, between, Outcome.EXPORTED, now, left_out)
        after = between[1]


def _why_not(person: Recipient) -> tuple[Outcome, str] | None:
    if not person.may_be_written_to:
        return Outcome.WITHDRAWN, ""
    if files.begins_formula(person.email or ""):
        # Made harmless it would be somebody else's address.
        return Outcome.REFUSED, "the e-mail address begins like a formula"
    return None
