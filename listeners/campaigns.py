"""`/campaign` and the buttons of its card: approval, export, delivery, results.

Figures are for the channel; names are for who asked alone, and lists of them go to admins by
direct message.
"""

import tempfile
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

import commands
from commands.campaign import CampaignRequest, person, shown
from commands.campaign_answers import ResultsAnswer
from listeners.answers import answer
from listeners.campaign_forms import open_plan, require_agent
from listeners.middleware import Asker
from listeners.places import direct_channel
from listeners.views import campaign_cards as view
from listeners.views.parts import Block
from services.campaigns import Campaign, words
from services.container import Services
from services.errors import ExpectedError

log = structlog.get_logger()

Json = Mapping[str, Any]

WRITING = "⏳ Writing the list …"
SENT = "The list is in our direct messages. It holds personal data: import it, then delete it."
FREEZING = "⏳ Drawing the hold-out and freezing the audience …"


async def ask(
    ack: AsyncAck,
    command: Json,
    respond: AsyncRespond,
    client: AsyncWebClient,
    services: Services,
    asker: Asker,
) -> None:
    """Open the form for a plan, with a dry run of what is usual behind it; answer the rest."""
    await ack()
    asked = f"{command['command']} {command.get('text') or ''}"
    caller = await asker.caller()
    try:
        wanted = commands.parse(asked)
    except ExpectedError:
        wanted = None  # answered like any other command that was not understood
    if isinstance(wanted, CampaignRequest) and wanted.subject == "plan" and caller.is_agent:
        await open_plan(wanted, command, respond, client, services)
        return
    text, blocks = await answer(asked, caller, services)
    await respond(text=text, blocks=blocks, response_type="ephemeral")
    if isinstance(wanted, CampaignRequest) and wanted.subject == "act" and caller.is_agent:
        with suppress(ExpectedError):  # which the answer told
            await _redraw_card(wanted.campaign_id or 0, client, services)


async def approve(
    ack: AsyncAck,
    action: Json,
    body: Json,
    respond: AsyncRespond,
    client: AsyncWebClient,
    services: Services,
    asker: Asker,
) -> None:
    """Freeze the audience; who may not, or must not alone, is told so."""
    await ack()
    campaign = await services.campaigns.approve(
        int(action["value"]),
        person(await asker.caller()),
        partial(respond, text=FREEZING, response_type="ephemeral", replace_original=False),
    )
    await _redraw(campaign, body, respond, client, services)


async def discard(
    ack: AsyncAck,
    action: Json,
    body: Json,
    respond: AsyncRespond,
    client: AsyncWebClient,
    services: Services,
    asker: Asker,
) -> None:
    """Put a plan, or what is over, away."""
    await ack()
    caller = await asker.caller()
    require_agent(caller)
    campaign = await services.campaigns.archive(int(action["value"]), person(caller))
    await _redraw(campaign, body, respond, client, services)


async def stop(
    ack: AsyncAck,
    action: Json,
    body: Json,
    respond: AsyncRespond,
    client: AsyncWebClient,
    services: Services,
    asker: Asker,
) -> None:
    """End a campaign before its time."""
    await ack()
    campaign = await services.campaigns.stop(int(action["value"]), person(await asker.caller()))
    await _redraw(campaign, body, respond, client, services)


async def show(
    ack: AsyncAck, action: Json, respond: AsyncRespond, services: Services, asker: Asker
) -> None:
    """Show the campaign that was chosen from the list."""
    await ack()
    asked = f"/campaign {action['selected_option']['value']}"
    text, blocks = await answer(asked, await asker.caller(), services)
    await respond(text=text, blocks=blocks, response_type="ephemeral", replace_original=False)


async def show_people(
    ack: AsyncAck, action: Json, respond: AsyncRespond, services: Services, asker: Asker
) -> None:
    """Name some of those with a reason, to who asked alone."""
    await ack()
    require_agent(await asker.caller())
    campaign_id, _, reason = str(action["selected_option"]["value"]).partition(":")
    listed = await services.campaigns.people(int(campaign_id), int(reason))
    text, blocks = view.people_list(listed)
    await respond(text=text, blocks=blocks, response_type="ephemeral", replace_original=False)


async def export(
    ack: AsyncAck,
    action: Json,
    body: Json,
    respond: AsyncRespond,
    client: AsyncWebClient,
    services: Services,
    asker: Asker,
) -> None:
    """Send the list to the admin who pressed, by direct message: a file cannot be ephemeral."""
    await ack()
    layout = view.LAYOUTS[str(action["action_id"])]
    caller, campaign_id = await asker.caller(), int(action["value"])
    parts = services.campaigns.export(campaign_id, layout, person(caller))
    header = await anext(parts)  # who may not is refused here, before anything else is said
    channel = await direct_channel(client, asker.user_id)
    await respond(text=WRITING, response_type="ephemeral", replace_original=False)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"campaign-{campaign_id}-{layout}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            file.write(header)
            async for part in parts:
                file.write(part)
        await client.files_upload_v2(
            channel=channel,
            filename=path.name,
            file=str(path),
            title=f"Campaign {campaign_id} for {layout.capitalize()}",
            initial_comment=SENT,
        )
    await respond(text=SENT, response_type="ephemeral", replace_original=False)
    await _redraw(await services.campaigns.get(campaign_id), body, respond, client, services)


async def deliver(
    ack: AsyncAck,
    action: Json,
    respond: AsyncRespond,
    services: Services,
    asker: Asker,
) -> None:
    """Have the list delivered to another system; a message under the card tells how far it is."""
    await ack()
    channel = view.DELIVERIES[str(action["action_id"])]
    by = person(await asker.caller())
    campaign = await services.campaigns.deliver(int(action["value"]), channel, by)
    told = words.delivery_news(campaign, channel)
    await respond(text=told, response_type="ephemeral", replace_original=False)


async def results(
    ack: AsyncAck,
    action: Json,
    respond: AsyncRespond,
    client: AsyncWebClient,
    services: Services,
    asker: Asker,
) -> None:
    """Tell what a campaign brought so far."""
    await ack()
    caller = await asker.caller()
    require_agent(caller)
    found = await services.campaigns.results(int(action["value"]), person(caller))
    text, blocks = view.results_card(ResultsAnswer(found))
    await respond(text=text, blocks=blocks, response_type="ephemeral", replace_original=False)
    if found.is_final:
        await _redraw_card(found.campaign_id, client, services)


async def _redraw(
    campaign: Campaign,
    body: Json,
    respond: AsyncRespond,
    client: AsyncWebClient,
    services: Services,
) -> None:
    """Show how far the campaign is, on its card and where the button was."""
    text, blocks = view.state_card(await shown(campaign, services.campaigns))
    where: Json = body.get("container") or {}
    await _update_card(campaign, text, blocks, client)
    if campaign.card != (where.get("channel_id"), where.get("message_ts")):
        # What is for one person alone has no other address than this answer's.
        await respond(text=text, blocks=blocks, replace_original=True)


async def _redraw_card(campaign_id: int, client: AsyncWebClient, services: Services) -> None:
    campaign = await services.campaigns.get(campaign_id)
    if campaign.card:
        text, blocks = view.state_card(await shown(campaign, services.campaigns))
        await _update_card(campaign, text, blocks, client)


async def _update_card(
    campaign: Campaign, text: str, blocks: list[Block], client: AsyncWebClient
) -> None:
    """Draw the card anew; one that was deleted changes nothing about what was done."""
    if campaign.card is None:
        return
    channel, ts = campaign.card
    try:
        await client.chat_update(channel=channel, ts=ts, text=text, blocks=blocks)
    except SlackApiError as error:
        log.info("campaign.card_gone", error=error.response.get("error"))
