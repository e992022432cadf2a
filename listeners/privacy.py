"""Erasing a customer from Slack: whom, then the consequence, then for good. Admins only."""

from collections.abc import Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from commands.grammar import clean, has_words
from listeners.forms import LONGEST_PROBLEM, open_form
from listeners.markup import escape_mrkdwn
from listeners.middleware import Asker
from listeners.views import privacy as view
from listeners.views.forms import INPUT, notice_view
from services.container import Services
from services.errors import ExpectedError
from services.privacy import ONLY_ADMINS

Json = Mapping[str, Any]

NOBODY = "Type an e-mail, a phone, an order number, an id or a name."


async def ask_whom(ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
    """Open the form; whoever sends it must be an admin."""
    await ack()
    await open_form(client, body, view.who_form())


async def ask_if_sure(ack: AsyncAck, body: Json, services: Services, asker: Asker) -> None:
    """Say who is meant and what will be gone."""
    typed = str(body["view"]["state"]["values"][view.WHO][INPUT].get("value") or "")
    # What is typed into a form comes without Slack's escapes.
    who = clean(escape_mrkdwn(typed))
    if not (await asker.caller()).is_admin:
        await ack(response_action="errors", errors={view.WHO: ONLY_ADMINS})
        return
    try:
        found = await services.privacy.find(who) if has_words(who) else None
        problem = NOBODY
    except ExpectedError as error:
        found, problem = None, error.sentence
    if found is None:
        await ack(response_action="errors", errors={view.WHO: problem[:LONGEST_PROBLEM]})
        return
    await ack(response_action="update", view=view.sure_form(found))


async def erase(ack: AsyncAck, body: Json, services: Services, asker: Asker) -> None:
    """Forget the customer; the form says what was done."""
    form = view.read_sure(str(body["view"].get("private_metadata") or ""))
    told = view.OUT_OF_DATE
    if form is not None:
        caller = await asker.caller()
        try:
            erased = await services.privacy.erase(
                form.customer_id, caller.user_id, is_admin=caller.is_admin
            )
            told = erased.sentence
        except ExpectedError as error:
            told = error.sentence
    await ack(response_action="update", view=notice_view(view.TITLE, told))
