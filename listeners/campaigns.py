"""`/campaign`: the form in three steps, the card in the channel, approval, export, results.

Figures are for the channel; names are for who asked alone, and lists of them go to admins by
direct message.
"""

import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

import commands
from commands.campaign import (
    READERS,
    CampaignAnswer,
    CampaignRequest,
    PreviewAnswer,
    ResultsAnswer,
    person,
    plan_of,
)
from commands.people import Caller
from listeners.answers import answer
from listeners.forms import open_form
from listeners.middleware import Asker
from listeners.places import Place, direct_channel, place_for_figures
from listeners.views import campaigns as view
from listeners.views.customers import sentence
from services.campaigns import Campaign, words
from services.campaigns.figures import Preview
from services.campaigns.plan import AudienceRules, Goal, Offer, Plan, Suppression
from services.container import Services
from services.errors import ExpectedError, NotAllowedError, WrongInputError

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
COUNTING = "⏳ Counting customers …"
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
        await _plan(wanted, command, respond, client, services)
        return
    text, blocks = await answer(asked, caller, services)
    await respond(text=text, blocks=blocks, response_type="ephemeral")


async def _plan(
    wanted: CampaignRequest,
    command: Json,
    respond: AsyncRespond,
    client: AsyncWebClient,
    services: Services,
) -> None:
    try:
        plan = plan_of(wanted, _currency(services))
    except ExpectedError as error:
        if wanted.goal is not Goal.CROSS_SELL or wanted.options:
            text, blocks = sentence(error.sentence)
            await respond(text=text, blocks=blocks, response_type="ephemeral")
            return
        plan = Plan.usual(Goal.CUSTOM, "Cross-sell")  # the form asks for the product
    body = {**command, "user": {"id": command["user_id"]}}
    view_id = await open_form(client, body, view.waiting_modal())
    wizard = view.Wizard(plan, str(command["channel_id"]))
    preview, problem = await _counted(plan, services)
    if view_id:
        form = view.audience_modal(wizard, preview, problem, _currency(services))
        await _update(client, view_id, form)
    if wanted.goal is None:
        return
    text, blocks = view.dry_run_card(PreviewAnswer(preview)) if preview else sentence(problem)
    await respond(text=text, blocks=blocks, response_type="ephemeral")


async def recount(ack: AsyncAck, body: Json, client: AsyncWebClient, services: Services) -> None:
    """Count again what the form says, whenever something in it was chosen."""
    await ack()
    shown: Json = body["view"]
    wizard = view.read_metadata(str(shown.get("private_metadata") or ""))
    if wizard is None:
        return
    currency, step = _currency(services), str(shown["callback_id"])
    try:
        wizard = replace(wizard, plan=_read(step, wizard.plan, shown, currency))
        preview, problem = await _counted(wizard.plan, services)
    except FieldError as error:
        preview, problem = None, error.sentence
    form = _form(step, wizard, preview, problem, currency)
    if form is not None:
        await _update(client, str(shown["id"]), form, str(shown.get("hash") or ""))


async def next_step(ack: AsyncAck, body: Json, client: AsyncWebClient, services: Services) -> None:
    """Check a step and go on to the next; what is wrong is told in the form."""
    shown: Json = body["view"]
    wizard = view.read_metadata(str(shown.get("private_metadata") or ""))
    if wizard is None:
        await ack(response_action="update", view=view.problem_modal(view.OUT_OF_DATE))
        return
    currency, step = _currency(services), str(shown["callback_id"])
    try:
        wizard = replace(wizard, plan=_read(step, wizard.plan, shown, currency))
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
    counting = asyncio.create_task(_following(step, wizard, services))
    done, _ = await asyncio.wait({counting}, timeout=ANSWER_SECONDS)
    if done:
        await ack(response_action="update", view=counting.result())
        return
    await ack(response_action="update", view=view.waiting_modal())
    form = await counting
    await asyncio.sleep(OVERTAKING_SECONDS)
    await _update(client, str(shown["id"]), form)


async def finish(
    ack: AsyncAck, body: Json, client: AsyncWebClient, services: Services, asker: Asker
) -> None:
    """Keep the plan, and show its dry run where it can be approved."""
    shown: Json = body["view"]
    wizard = view.read_metadata(str(shown.get("private_metadata") or ""))
    if wizard is None:
        await ack(response_action="update", view=view.problem_modal(view.OUT_OF_DATE))
        return
    try:
        plan = _read(view.OFFER_STEP, wizard.plan, shown, _currency(services))
    except FieldError as error:
        await ack(response_action="errors", errors=_beside(error, wizard))
        return
    await ack()
    caller = await asker.caller()
    try:
        _require_agent(caller)
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
    text, blocks = view.campaign_card(campaign, preview)
    if campaign.card:
        channel, ts = campaign.card
        await client.chat_update(channel=channel, ts=ts, text=text, blocks=blocks)
        return None
    place = await place_for_figures(client, wizard.channel, caller.user_id, None)
    posted = await client.chat_postMessage(
        channel=place.channel, text=text, blocks=blocks, unfurl_links=False, unfurl_media=False
    )
    await campaigns.card_is_at(campaign.id, str(posted["channel"]), str(posted["ts"]))
    await _show_chart(preview, place, str(posted["ts"]), client, services)
    return None if place.as_asked else NOT_HERE


async def open_change(
    ack: AsyncAck, action: Json, body: Json, client: AsyncWebClient, services: Services
) -> None:
    """Open the form again with what was decided."""
    await ack()
    view_id = await open_form(client, body, view.waiting_modal())
    if view_id is None:
        return
    try:
        campaign = await services.campaigns.get(int(action["value"]))
        if campaign.is_frozen:
            raise WrongInputError("This campaign is approved; its audience cannot be changed.")
        wizard = view.Wizard(campaign.plan, str(body["channel"]["id"]), campaign.id)
        preview, problem = await _counted(campaign.plan, services)
        form = view.audience_modal(wizard, preview, problem, _currency(services))
    except ExpectedError as error:
        form = view.problem_modal(error.sentence)
    await _update(client, view_id, form)


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
    await respond(text=FREEZING, response_type="ephemeral", replace_original=False)
    campaign = await services.campaigns.approve(int(action["value"]), person(await asker.caller()))
    await _redraw(campaign, body, client, services)


async def discard(
    ack: AsyncAck,
    action: Json,
    body: Json,
    client: AsyncWebClient,
    services: Services,
    asker: Asker,
) -> None:
    """Put a plan away."""
    await ack()
    caller = await asker.caller()
    _require_agent(caller)
    campaign = await services.campaigns.archive(int(action["value"]), person(caller))
    await _redraw(campaign, body, client, services)


async def stop(
    ack: AsyncAck,
    action: Json,
    body: Json,
    client: AsyncWebClient,
    services: Services,
    asker: Asker,
) -> None:
    """End a campaign before its time."""
    await ack()
    campaign = await services.campaigns.stop(int(action["value"]), person(await asker.caller()))
    await _redraw(campaign, body, client, services)


async def show_people(
    ack: AsyncAck, action: Json, respond: AsyncRespond, services: Services, asker: Asker
) -> None:
    """Name some of those with a reason, to who asked alone."""
    await ack()
    _require_agent(await asker.caller())
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
    channel = await direct_channel(client, asker.user_id)
    await respond(text=WRITING, response_type="ephemeral", replace_original=False)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"campaign-{campaign_id}-{layout}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            async for part in services.campaigns.export(campaign_id, layout, person(caller)):
                file.write(part)
        await client.files_upload_v2(
            channel=channel,
            filename=path.name,
            file=str(path),
            title=f"Campaign {campaign_id} for {layout.capitalize()}",
            initial_comment=SENT,
        )
    await respond(text=SENT, response_type="ephemeral", replace_original=False)
    await _redraw(await services.campaigns.get(campaign_id), body, client, services)


async def results(
    ack: AsyncAck, action: Json, respond: AsyncRespond, services: Services, asker: Asker
) -> None:
    """Tell what a campaign brought so far."""
    await ack()
    caller = await asker.caller()
    _require_agent(caller)
    found = await services.campaigns.results(int(action["value"]), person(caller))
    text, blocks = view.results_card(ResultsAnswer(found))
    await respond(text=text, blocks=blocks, response_type="ephemeral", replace_original=False)


class FieldError(WrongInputError):
    """What is wrong, and beside which field to say so."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def _beside(error: FieldError, wizard: view.Wizard) -> dict[str, str]:
    return {view.block_of(error.field, wizard.plan.goal): error.sentence}


def _read(step: str, plan: Plan, shown: Json, currency: str) -> Plan:
    """Change a plan as a step says; raises FieldError."""
    said = view.typed(shown.get("state") or {})
    if step == view.AUDIENCE_STEP:
        return _audience(plan, said, currency)
    if step == view.LEFT_OUT_STEP:
        chosen = set(said.get(view.LEFT_OUT, "").split(","))
        kept = {name: name in chosen for name in view.SUPPRESSIONS}
        plan = replace(plan, suppression=Suppression(**kept))
        return _with(plan, ("contacted",), said, currency)
    return _with(replace(plan, offer=Offer()), view.OFFER_FIELDS, said, currency)


def _audience(plan: Plan, said: Mapping[str, str], currency: str) -> Plan:
    goal = Goal(said.get(view.GOAL) or plan.goal)
    if goal is not plan.goal:
        # Another goal starts from its own rules; what was typed for the last one is not meant.
        product = said.get("product") or plan.rules.likely_next or ""
        if goal is Goal.CROSS_SELL and not product:
            raise FieldError("product", "Say which product to sell, then choose cross-sell.")
        return Plan.usual(goal, said.get(view.NAME) or plan.name, product or None)
    try:
        plan = replace(plan, name=said.get(view.NAME) or plan.name)
    except WrongInputError as error:
        raise FieldError(view.NAME, error.sentence) from error
    rules = AudienceRules(likely_next=said.get("product") or None)
    if goal is Goal.CROSS_SELL and not rules.likely_next:
        raise FieldError("product", "A cross-sell needs the product to sell.")
    names = tuple(name for name in view.AUDIENCE_FIELDS if name != "product")
    return _with(replace(plan, rules=rules), names, said, currency)


def _with(plan: Plan, names: tuple[str, ...], said: Mapping[str, str], currency: str) -> Plan:
    for name in names:
        if value := said.get(name, ""):
            try:
                plan = READERS[name](plan, value, currency)
            except WrongInputError as error:
                raise FieldError(name, error.sentence) from error
    return plan


def _form(
    step: str, wizard: view.Wizard, preview: Preview | None, problem: str, currency: str
) -> dict[str, Any] | None:
    if step == view.AUDIENCE_STEP:
        return view.audience_modal(wizard, preview, problem, currency)
    if preview is None:
        return None
    if step == view.LEFT_OUT_STEP:
        return view.left_out_modal(wizard, preview)
    return view.offer_modal(wizard, preview, currency)


async def _following(step: str, wizard: view.Wizard, services: Services) -> dict[str, Any]:
    """Draw the step after this one, or this one again with what is wrong."""
    preview, problem = await _counted(wizard.plan, services)
    following = view.LEFT_OUT_STEP if step == view.AUDIENCE_STEP else view.OFFER_STEP
    form = _form(following if preview else step, wizard, preview, problem, _currency(services))
    return form or view.problem_modal(problem)


async def _counted(plan: Plan, services: Services) -> tuple[Preview | None, str]:
    """Dry-run a plan; the sentence says why that was not possible."""
    try:
        return await services.campaigns.preview(plan), ""
    except ExpectedError as error:
        return None, error.sentence


async def _update(client: AsyncWebClient, view_id: str, form: Json, known: str = "") -> None:
    """Show a form; one that was closed or has moved on meanwhile stays as it is."""
    try:
        await client.views_update(view_id=view_id, view=dict(form), hash=known or None)
    except SlackApiError as error:
        if error.response.get("error") not in {"not_found", "hash_conflict", "view_not_found"}:
            raise
        log.info("campaign.form_gone")


async def _redraw(
    campaign: Campaign, body: Json, client: AsyncWebClient, services: Services
) -> None:
    """Show on the card how far the campaign is."""
    text, blocks = view.state_card(CampaignAnswer(campaign, _currency(services)))
    card = campaign.card or (str(body["channel"]["id"]), str(body["message"]["ts"]))
    await client.chat_update(channel=card[0], ts=card[1], text=text, blocks=blocks)


async def _show_chart(
    preview: Preview, place: Place, thread_ts: str, client: AsyncWebClient, services: Services
) -> None:
    """Upload the picture under the card; figures without it are still an answer."""
    if not preview.size:
        return
    described = words.alt_text(preview)
    try:
        await client.files_upload_v2(
            channel=place.channel,
            thread_ts=thread_ts,
            filename="audience.png",
            content=await services.campaigns.chart(preview),
            title="Chart: value by tenth of the audience",
            alt_txt=described[:1_000],
            initial_comment=described,
        )
    except (ExpectedError, SlackApiError) as error:
        log.warning("campaign.chart_failed", error=type(error).__name__)


def _currency(services: Services) -> str:
    return services.campaigns.audiences.insights.currency


def _require_agent(caller: Caller) -> None:
    if not caller.is_agent:
        raise NotAllowedError(ONLY_AGENTS)
