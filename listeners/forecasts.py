"""`/forecast` and the buttons of its card: the figures for the channel, problems for the asker."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

import commands
from commands.forecast import ForecastCommand, chosen, offers_of, parse
from commands.forecast_answers import ForecastAnswer, StaffingAnswer
from commands.people import Caller
from listeners.answers import answer
from listeners.middleware import Asker
from listeners.pictures import Picture, show_picture
from listeners.places import direct_channel, place_for_figures
from listeners.views import forecast_form as form
from listeners.views import forecasts as view
from listeners.views.customers import sentence
from services.container import Services
from services.errors import ExpectedError, WrongInputError
from services.forecasts import words
from services.forecasts.report import ForecastReport
from services.forecasts.tables import to_csv

Json = Mapping[str, Any]

OUT_OF_DATE = "This card is out of date. Type /forecast to get a new one."
NOT_HERE = (
    "I sent the forecast to you directly: I am not a member here, or people of other "
    "organisations are. In a channel of yours, type /invite @regulars first."
)
NO_PICTURE = "The chart could not be shown; the figures are complete."


async def ask(
    ack: AsyncAck,
    command: Json,
    respond: AsyncRespond,
    client: AsyncWebClient,
    services: Services,
    asker: Asker,
) -> None:
    """Answer help and the record to the asker; post a forecast where everybody sees it."""
    await ack()
    asked = f"{command['command']} {command.get('text') or ''}"
    caller = await asker.caller()
    try:
        wanted = commands.parse(asked)
    except ExpectedError:
        wanted = None  # answered like any other command that was not understood
    if not isinstance(wanted, ForecastCommand) or wanted.request is None or not caller.is_agent:
        text, blocks = await answer(asked, caller, services)
        await respond(text=text, blocks=blocks, response_type="ephemeral")
        return
    await respond(text=view.progress(wanted.request), response_type="ephemeral")
    told = await post(wanted, str(command["channel_id"]), caller, client, services)
    if told:
        text, blocks = sentence(told)
        await respond(text=text, blocks=blocks, response_type="ephemeral", replace_original=True)


async def download(
    ack: AsyncAck,
    action: Json,
    respond: AsyncRespond,
    client: AsyncWebClient,
    services: Services,
    asker: Asker,
) -> None:
    """Send the table to who pressed, by direct message: a file cannot be ephemeral."""
    await ack()
    report = await _report(action, await asker.caller(), services)
    channel = await direct_channel(client, asker.user_id)
    name = f"forecast {report.request.metric} {report.first_day}.csv".replace(" ", "-")
    await client.files_upload_v2(
        channel=channel,
        filename=name,
        content=to_csv(report),
        title=words.headline(report),
        initial_comment=f"{words.headline(report)}. {words.age_sentence(report)}.",
    )
    text, blocks = sentence("The CSV file is in our direct messages.")
    await respond(text=text, blocks=blocks, response_type="ephemeral", replace_original=False)


async def compare(
    ack: AsyncAck, action: Json, respond: AsyncRespond, services: Services, asker: Asker
) -> None:
    """Set the forecast beside last year, for who pressed."""
    await ack()
    text, blocks = view.comparison(await _report(action, await asker.caller(), services))
    await respond(text=text, blocks=blocks, response_type="ephemeral", replace_original=False)


async def open_change(ack: AsyncAck, action: Json, body: Json, client: AsyncWebClient) -> None:
    """Open the form at once; it shows no figures."""
    await ack()
    request = parse(str(action.get("value") or "")).request
    if request is None:
        raise WrongInputError(OUT_OF_DATE)
    modal = form.change_modal(request, str(body["channel"]["id"]))
    await client.views_open(trigger_id=str(body["trigger_id"]), view=modal)


async def change(
    ack: AsyncAck, body: Json, client: AsyncWebClient, services: Services, asker: Asker
) -> None:
    """Forecast what the form says; what does not go together is told in the form."""
    submitted: Json = body["view"]
    choices = form.read_choices(submitted.get("state") or {})
    place = form.OFFERS_INPUT
    try:
        offers = offers_of(choices.offers)
        place = form.PRODUCT_INPUT if choices.product else form.BY_INPUT
        wanted = chosen(choices.metric, choices.horizon, choices.by, choices.product, offers)
    except WrongInputError as error:
        await ack(response_action="errors", errors={place: error.sentence})
        return
    channel = str(submitted["private_metadata"])
    await ack()
    if not await services.double_clicks.is_first(asker.user_id, f"forecast {submitted['id']}"):
        return
    told = await post(wanted, channel, await asker.caller(), client, services)
    if told:
        text, blocks = sentence(told)
        channel = await direct_channel(client, asker.user_id)
        await client.chat_postMessage(channel=channel, text=text, blocks=blocks)


async def post(
    wanted: ForecastCommand,
    channel: str,
    caller: Caller,
    client: AsyncWebClient,
    services: Services,
    thread_ts: str | None = None,
) -> str | None:
    """Post card and chart; returns what the asker has to be told beside."""
    try:
        result = await commands.run(wanted, caller, services)
    except ExpectedError as error:
        return error.sentence
    if not isinstance(result, ForecastAnswer | StaffingAnswer):
        return OUT_OF_DATE
    place = await place_for_figures(client, channel, caller.user_id, thread_ts)
    text, blocks = (
        view.staffing_card(result)
        if isinstance(result, StaffingAnswer)
        else view.forecast_card(result)
    )
    await client.chat_postMessage(
        channel=place.channel,
        thread_ts=place.thread_ts,
        text=text,
        blocks=blocks,
        unfurl_links=False,
        unfurl_media=False,
    )
    if not await show_picture(client, place, _picture(result, services)):
        return NO_PICTURE
    return None if place.as_asked else NOT_HERE


async def _report(action: Json, caller: Caller, services: Services) -> ForecastReport:
    """Make again what a card shows; mostly it is still remembered."""
    result = await commands.run(parse(str(action.get("value") or "")), caller, services)
    if not isinstance(result, ForecastAnswer):
        raise WrongInputError(OUT_OF_DATE)
    return result.report


def _picture(answer: ForecastAnswer | StaffingAnswer, services: Services) -> Picture:
    if isinstance(answer, StaffingAnswer):
        staffing = answer.staffing
        return Picture(
            filename="agents-by-hour.png",
            title=words.staffing_headline(staffing),
            described=words.staffing_alt_text(staffing),
            png=services.forecasts.staffing_chart(staffing),
        )
    report = answer.report
    return Picture(
        filename=f"forecast-{report.request.metric}.png",
        title=words.headline(report),
        described=words.alt_text(report),
        png=services.forecasts.chart(report),
    )
