"""How Slack reaches us: every trigger, one line each, in the order in which Bolt tries them.

Events and buttons that change something are not here: `listeners.inbox` stores them before they
are acknowledged, and jobs do them (`services.tickets.jobs`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from slack_bolt.app.async_app import AsyncApp

from listeners import (
    actions,
    campaign_forms,
    campaigns,
    channel_settings,
    customer_details,
    forecasts,
    forms,
    home,
    insights,
    messages,
    modals,
    privacy,
    tickets,
    work_lists,
)
from listeners.errors import Listener, guarded
from listeners.slash_commands import run_command
from listeners.views import campaign_cards as campaign_view
from listeners.views import campaign_forms as campaign_form_view
from listeners.views import channel_settings as settings_view
from listeners.views import customer_details as details_view
from listeners.views import customers as customer_view
from listeners.views import forecast_form
from listeners.views import forecasts as forecast_view
from listeners.views import forms as form_view
from listeners.views import home as home_view
from listeners.views import insights as insight_view
from listeners.views import privacy as privacy_view
from listeners.views import tickets as ticket_view
from listeners.views import work_lists as work_view


@dataclass(frozen=True, slots=True)
class Trigger:
    """One thing a person can do in Slack, and what listens to it."""

    kind: Literal["event", "command", "action", "view", "shortcut"]
    name: str
    listener: Listener
    writes: bool = False
    """It changes something, or posts where it stays. Of a button a double click counts once; a
    form sees to that itself, for it may be sent again when something in it was wrong."""


TRIGGERS: tuple[Trigger, ...] = (
    Trigger("event", "app_home_opened", home.open_home),
    Trigger("event", "app_mention", messages.answer_mention),
    Trigger("event", "message", messages.answer_direct_message),
    Trigger("command", "/customer", run_command),
    Trigger("command", "/tickets", run_command),
    Trigger("command", "/forecast", forecasts.ask),
    Trigger("command", "/campaign", campaigns.ask),
    Trigger("command", "/insights", insights.ask),
    Trigger("command", "/regulars", channel_settings.ask),
    Trigger("view", settings_view.SETTINGS_FORM, channel_settings.save, writes=True),
    Trigger("action", settings_view.OPEN_SETTINGS, channel_settings.open_from_home),
    Trigger("action", privacy_view.OPEN_ERASE, privacy.ask_whom),
    Trigger("view", privacy_view.WHO_FORM, privacy.ask_if_sure),
    Trigger("view", privacy_view.SURE_FORM, privacy.erase, writes=True),
    Trigger("action", customer_view.CHOOSE_CUSTOMER, actions.choose_customer),
    Trigger("action", customer_view.NONE_OF_THESE, actions.none_of_these),
    Trigger("action", customer_view.OPEN_IN_GORGIAS, actions.acknowledge),
    Trigger("action", customer_view.SHARE_CUSTOMER, actions.share_customer),
    Trigger("action", customer_view.EXPLAIN_CUSTOMER, customer_details.explain),
    Trigger("action", customer_view.SHOW_ORDERS, customer_details.open_orders),
    Trigger("action", customer_view.CREATE_TICKET, forms.open_ticket_about),
    Trigger("action", details_view.TURN_ORDERS, customer_details.turn_orders),
    Trigger("action", details_view.NEWER_ORDERS, customer_details.turn_orders),
    Trigger("view", customer_view.SHARE_MODAL, modals.share_customer, writes=True),
    Trigger("shortcut", form_view.NEW_TICKET, forms.open_new_ticket),
    Trigger("shortcut", form_view.LOOK_UP, forms.open_look_up),
    Trigger("shortcut", form_view.LOOK_UP_IN_MESSAGE, forms.look_up_in_message),
    Trigger("view", form_view.NEW_TICKET_FORM, forms.send_new_ticket, writes=True),
    Trigger("view", form_view.LOOK_UP_FORM, forms.look_up),
    Trigger("action", form_view.CHOOSE_IN_FORM, forms.choose_in_form),
    Trigger("action", home_view.OPEN_NEW_TICKET, forms.open_new_ticket),
    Trigger("action", home_view.OPEN_LOOK_UP, forms.open_look_up),
    Trigger("action", home_view.TEST_TICKET, home.send_test_ticket, writes=True),
    Trigger("action", home_view.LOOK_AGAIN, home.look_again),
    Trigger("action", forecast_view.DOWNLOAD, forecasts.download, writes=True),
    Trigger("action", forecast_view.LAST_YEAR, forecasts.compare),
    Trigger("action", forecast_view.CHANGE, forecasts.open_change),
    Trigger("view", forecast_form.CHANGE_MODAL, forecasts.change, writes=True),
    Trigger("action", insight_view.CHANGE, insights.open_change),
    Trigger("action", insight_view.EXPORT, insights.export, writes=True),
    Trigger("view", insight_view.CHANGE_MODAL, insights.change, writes=True),
    Trigger("action", campaign_form_view.RECOUNT, campaign_forms.recount),
    Trigger("view", campaign_form_view.AUDIENCE_STEP, campaign_forms.next_step),
    Trigger("view", campaign_form_view.LEFT_OUT_STEP, campaign_forms.next_step),
    Trigger("view", campaign_form_view.OFFER_STEP, campaign_forms.finish, writes=True),
    Trigger("action", campaign_view.APPROVE, campaigns.approve, writes=True),
    Trigger("action", campaign_view.CHANGE, campaign_forms.open_again),
    Trigger("action", campaign_view.COPY, campaign_forms.open_again),
    Trigger("action", campaign_form_view.BACK, campaign_forms.previous_step),
    Trigger("action", campaign_view.SHOW, campaigns.show),
    Trigger("action", campaign_view.DISCARD, campaigns.discard, writes=True),
    Trigger("action", campaign_view.SHOW_PEOPLE, campaigns.show_people),
    Trigger("action", campaign_view.EXPORT_KLAVIYO, campaigns.export, writes=True),
    Trigger("action", campaign_view.EXPORT_MAILCHIMP, campaigns.export, writes=True),
    Trigger("action", campaign_view.DELIVER_KLAVIYO, campaigns.deliver, writes=True),
    Trigger("action", campaign_view.DELIVER_SHOPIFY, campaigns.deliver, writes=True),
    Trigger("action", campaign_view.RESULTS, campaigns.results, writes=True),
    Trigger("action", campaign_view.STOP, campaigns.stop, writes=True),
    Trigger("action", work_view.SHOW_MORE, work_lists.show_more),
    Trigger("action", work_view.WHY_URGENT, work_lists.explain_urgency),
    Trigger("action", work_view.RESOLVE_FROM_LIST, work_lists.resolve, writes=True),
    Trigger("action", work_view.REOPEN_FROM_LIST, work_lists.reopen, writes=True),
    Trigger("action", work_view.RETRY, work_lists.retry, writes=True),
    Trigger("action", work_view.DISCARD, work_lists.discard, writes=True),
    Trigger("action", work_view.OPEN_FROM_LIST, actions.acknowledge),
    Trigger("action", ticket_view.ADD_CUSTOMER, tickets.open_name_customer),
    Trigger("action", ticket_view.OPEN_TICKET, tickets.acknowledge),
    Trigger("view", ticket_view.NAME_CUSTOMER_MODAL, tickets.name_customer, writes=True),
)


def register(app: AsyncApp) -> None:
    """Tell Bolt of every trigger, in order."""
    doors: dict[str, Callable[..., Callable[..., object]]] = {
        "event": app.event,
        "command": app.command,
        "action": app.action,
        "view": app.view,
        "shortcut": app.shortcut,
    }
    for trigger in TRIGGERS:
        counts_once = trigger.writes and trigger.kind == "action"
        doors[trigger.kind](trigger.name)(guarded(trigger.listener, counts_once=counts_once))
