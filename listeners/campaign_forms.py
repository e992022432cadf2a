"""The form of `/campaign`: counting again with every choice, the next step, keeping the plan."""

import asyncio
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from commands.campaign import CampaignRequest, person, plan_of
from commands.campaign_answers import PreviewAnswer
from commands.people import Caller
from listeners.campaign_readings import WHICH_PRODUCT, FieldError, read_step
from listeners.forms import open_form
from listeners.middleware import Asker
from listeners.pictures import Picture, show_picture
from listeners.places import Place, direct_channel, place_for_figures
from listeners.views import campaign_cards
from listeners.views import campaign_forms as view
from listeners.views.customers import sentence
from services.campaigns import words
from services.campaigns.audiences import UnknownSkuError
from services.campaigns.figures import Preview
from services.campaigns.plan import Goal, Plan, copied
from services.container import Services
from services.errors import ExpectedError, NotAllowedError, NotFoundError, WrongInputError

log = structlog.get_logger()

Json = Mapping[str, Any]

ANSWER_SECONDS = 1.5
"""Of the three that Slack waits for an answer."""
OVERTAKING_SECONDS = 0.5
ONLY_AGENTS = "Only the support team may plan campaigns. Ask an admin to add you to it."
NOT_HERE = (
    "I sent the dry run to you directly: I am not a member here, or people of other "
    "organisations are. In a channel of yours, type /invite @regulars first."
)


async def open_plan(
    wanted: CampaignRequest,
    command: Json,
    respond: AsyncRespond,
    client: AsyncWebClient,
    services: Services,
) -> None:
    """Open the form with what is usual for the goal, and a dry run of that behind it."""
    currency = services.campaigns.currency
    missing = ""
    try:
        plan = plan_of(wanted, currency)
    except ExpectedError as error:
        if wanted.goal is not Goal.CROSS_SELL or wanted.options:
            text, blocks = sentence(error.sentence)
            await respond(text=text, blocks=blocks, response_type="ephemeral")
            return
        missing = f"{WHICH_PRODUCT} Then choose Cross-sell as what it is for."
        plan = Plan.usual(Goal.CUSTOM, "Cross-sell")
    body = {**command, "user": {"id": command["user_id"]}}
    view_id = await open_form(client, body, view.waiting_modal())
    wizard = view.Wizard(plan, str(command["channel_id"]))
    preview, problem = await _counted(services.campaigns.preview(plan))
    if view_id:
        form = view.audience_modal(wizard, preview, missing or problem, currency)
        await _update(client, view_id, form)
    if wanted.goal is None or missing:
        return
    text, blocks = (
        campaign_cards.dry_run_card(PreviewAnswer(preview)) if preview else sentence(problem)
    )
    await respond(text=text, blocks=blocks, response_type="ephemeral")


async def recount(ack: AsyncAck, body: Json, client: AsyncWebClient, services: Services) -> None:
    """Count again what the form says, whenever something in it was chosen."""
    await ack()
    shown, step, wizard = _shown(body)
    if wizard is None:
        return
    currency = services.campaigns.currency
    try:
        wizard = replace(wizard, plan=read_step(step, wizard.plan, shown, currency))
        preview, problem = await _counted(services.campaigns.preview(wizard.plan))
    except FieldError as error:
        preview, problem = None, error.sentence
    form = _form(step, wizard, preview, problem, currency)
    await _update(client, str(shown["id"]), form, str(shown.get("hash") or ""))


async def next_step(ack: AsyncAck, body: Json, client: AsyncWebClient, services: Services) -> None:
    """Check a step and go on to the next; what is wrong is told in the form."""
    shown, step, wizard = _shown(body)
    if wizard is None:
        await ack(response_action="update", view=view.problem_modal(view.OUT_OF_DATE))
        return
    currency = services.campaigns.currency
    try:
        wizard = replace(wizard, plan=read_step(step, wizard.plan, shown, currency))
        wizard.to_metadata()
    except FieldError as error:
        await ack(response_action="errors", errors=_beside(error, wizard))
        return
    except WrongInputError as error:
        await ack(
            response_action="errors",
            errors={view.block_of(view.NAME, wizard.plan.goal): error.sentence},
        )
        return
    # An update sent right behind the answer could overtake it, and the answer would then hide it.
    # So the answer is the next form itself, unless counting takes longer than Slack waits.
    counting = asyncio.create_task(services.campaigns.preview(wizard.plan))
    done, _ = await asyncio.wait({counting}, timeout=ANSWER_SECONDS)
    if done and isinstance(problem := counting.exception(), NotFoundError):
        await ack(response_action="errors", errors=_beside(_unknown(problem, wizard.plan), wizard))
        return
    if done:
        await ack(response_action="update", view=await _following(step, wizard, counting, currency))
        return
    await ack(response_action="update", view=view.waiting_modal())
    form = await _following(step, wizard, counting, currency)
    await asyncio.sleep(OVERTAKING_SECONDS)
    await _update(client, str(shown["id"]), form)


async def previous_step(
    ack: AsyncAck, body: Json, client: AsyncWebClient, services: Services
) -> None:
    """Go one step back; what stands in this one is kept unless it is wrong."""
    await ack()
    shown, step, wizard = _shown(body)
    if wizard is None:
        return
    currency = services.campaigns.currency
    with suppress(FieldError):
        wizard = replace(wizard, plan=read_step(step, wizard.plan, shown, currency))
    before = view.LEFT_OUT_STEP if step == view.OFFER_STEP else view.AUDIENCE_STEP
    preview, problem = await _counted(services.campaigns.preview(wizard.plan))
    form = _form(before, wizard, preview, problem, currency)
    await _update(client, str(shown["id"]), form)


async def finish(
    ack: AsyncAck, body: Json, client: AsyncWebClient, services: Services, asker: Asker
) -> None:
    """Keep the plan, and show its dry run where it can be approved."""
    shown, step, wizard = _shown(body)
    if wizard is None:
        await ack(response_action="update", view=view.problem_modal(view.OUT_OF_DATE))
        return
    try:
        plan = read_step(step, wizard.plan, shown, services.campaigns.currency)
    except FieldError as error:
        await ack(response_action="errors", errors=_beside(error, wizard))
        return
    await ack()
    if not await services.double_clicks.is_first(asker.user_id, f"campaign {shown['id']}"):
        return
    caller = await asker.caller()
    try:
        require_agent(caller)
        told = await _keep(replace(wizard, plan=plan), caller, client, services)
    except ExpectedError as error:
        told = error.sentence
    if told:
        text, blocks = sentence(told)
        channel = await direct_channel(client, asker.user_id)
        await client.chat_postMessage(channel=channel, text=text, blocks=blocks)


async def _keep(
    wizard: view.Wizard, caller: Caller, client: AsyncWebClient, services: Services
) -> str | None:
    """Store the plan and post its card; returns what the planner has to be told beside."""
    campaigns, by = services.campaigns, person(caller)
    preview = await campaigns.preview(wizard.plan)
    if wizard.campaign_id is None:
        campaign = await campaigns.draft(wizard.plan, by)
    else:
        campaign = await campaigns.change(wizard.campaign_id, wizard.plan, by)
    campaign = await campaigns.submit(campaign.id, by)
    text, blocks = campaign_cards.campaign_card(campaign, preview)
    if campaign.card:
        channel, ts = campaign.card
        await client.chat_update(channel=channel, ts=ts, text=text, blocks=blocks)
        await _show_chart(preview, Place(channel, ts), client, services)
        return None
    place = await place_for_figures(client, wizard.channel, caller.user_id, None)
    posted = await client.chat_postMessage(
        channel=place.channel, text=text, blocks=blocks, unfurl_links=False, unfurl_media=False
    )
    await campaigns.card_is_at(campaign.id, str(posted["channel"]), str(posted["ts"]))
    await _show_chart(preview, replace(place, thread_ts=str(posted["ts"])), client, services)
    return None if place.as_asked else NOT_HERE


async def open_again(
    ack: AsyncAck,
    action: Json,
    body: Json,
    client: AsyncWebClient,
    services: Services,
    asker: Asker,
) -> None:
    """Open the form with what was decided, to change it or for another campaign."""
    await ack()
    is_copy = action["action_id"] == campaign_cards.COPY
    view_id = await open_form(client, body, view.waiting_modal())
    if view_id is None:
        return
    try:
        # The card stands where guests may read, and the form counts whatever is asked for.
        require_agent(await asker.caller())
        campaign = await services.campaigns.get(int(action["value"]))
        if campaign.is_frozen and not is_copy:
            raise WrongInputError("This campaign is approved; its audience cannot be changed.")
        plan = copied(campaign.plan) if is_copy else campaign.plan
        wizard = view.Wizard(plan, str(body["channel"]["id"]), None if is_copy else campaign.id)
        preview, problem = await _counted(services.campaigns.preview(plan))
        form = view.audience_modal(wizard, preview, problem, services.campaigns.currency)
    except ExpectedError as error:
        form = view.problem_modal(error.sentence)
    await _update(client, view_id, form)


def _shown(body: Json) -> tuple[Json, str, view.Wizard | None]:
    """Read a form: itself, its step, and what it is for; None: it is of another version."""
    shown: Json = body["view"]
    metadata = str(shown.get("private_metadata") or "")
    return shown, str(shown["callback_id"]), view.read_metadata(metadata)


def _beside(error: FieldError, wizard: view.Wizard) -> dict[str, str]:
    return {view.block_of(error.field, wizard.plan.goal): error.sentence}


def _form(
    step: str, wizard: view.Wizard, preview: Preview | None, problem: str, currency: str
) -> dict[str, Any]:
    if step == view.AUDIENCE_STEP:
        return view.audience_modal(wizard, preview, problem, currency)
    if step == view.LEFT_OUT_STEP:
        return view.left_out_modal(wizard, preview, problem)
    return view.offer_modal(wizard, preview, problem, currency)


async def _following(
    step: str, wizard: view.Wizard, counting: Awaitable[Preview], currency: str
) -> dict[str, Any]:
    """Draw the step after this one, or this one again with what is wrong."""
    preview, problem = await _counted(counting)
    following = view.LEFT_OUT_STEP if step == view.AUDIENCE_STEP else view.OFFER_STEP
    return _form(following if preview else step, wizard, preview, problem, currency)


async def _counted(counting: Awaitable[Preview]) -> tuple[Preview | None, str]:
    """Wait for a dry run; the sentence says why that was not possible."""
    try:
        return await counting, ""
    except ExpectedError as error:
        return None, error.sentence


def _unknown(error: NotFoundError, plan: Plan) -> FieldError:
    """Say beside its field that there is no such product."""
    is_bought = isinstance(error, UnknownSkuError) and error.sku in plan.rules.bought
    return FieldError("bought" if is_bought else "product", error.sentence)


async def _update(client: AsyncWebClient, view_id: str, form: Json, known: str = "") -> None:
    """Show a form; one that was closed or has moved on meanwhile stays as it is."""
    try:
        await client.views_update(view_id=view_id, view=dict(form), hash=known or None)
    except SlackApiError as error:
        if error.response.get("error") not in {"not_found", "hash_conflict", "view_not_found"}:
            raise
        log.info("campaign.form_gone")


async def _show_chart(
    preview: Preview, place: Place, client: AsyncWebClient, services: Services
) -> None:
    if not preview.size:
        return
    picture = Picture(
        filename="audience.png",
        title="value by tenth of the audience",
        described=words.alt_text(preview),
        png=services.campaigns.chart(preview),
    )
    await show_picture(client, place, picture)


def require_agent(caller: Caller) -> None:
    """Raise NotAllowedError for who may not plan campaigns."""
    if not caller.is_agent:
        raise NotAllowedError(ONLY_AGENTS)
