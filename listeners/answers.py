"""From what somebody typed to what they see: the same for commands, mentions and messages."""

from collections.abc import Callable
from typing import Any

import commands
from commands.campaign_answers import (
    CampaignAnswer,
    CampaignList,
    PreviewAnswer,
    ResultsAnswer,
)
from commands.customer import CustomerAnswer
from commands.forecast_answers import AccuracyAnswer, ForecastAnswer, StaffingAnswer
from commands.help import Help
from commands.insight_answers import (
    AffinityAnswer,
    ChurnAnswer,
    CohortsAnswer,
    ProductsAnswer,
    SeasonalAnswer,
    SegmentsAnswer,
)
from commands.people import Caller
from commands.regulars import PrivacyNotice, Status
from commands.tickets import QueueAnswer, TicketAnswer, TicketList
from listeners.views import (
    campaign_cards,
    customers,
    forecasts,
    guidance,
    insights,
    privacy,
    work_lists,
)
from listeners.views.parts import View
from services.container import Services
from services.customer_search import AmbiguousCustomerError
from services.errors import ExpectedError

VIEWS: dict[type, Callable[[Any], View]] = {
    TicketList: work_lists.work_list,
    QueueAnswer: work_lists.queue,
    TicketAnswer: work_lists.one_ticket,
    ForecastAnswer: forecasts.forecast_card,
    StaffingAnswer: forecasts.staffing_card,
    AccuracyAnswer: forecasts.accuracy_card,
    PreviewAnswer: campaign_cards.dry_run_card,
    CampaignAnswer: campaign_cards.state_card,
    CampaignList: campaign_cards.campaign_list,
    ResultsAnswer: campaign_cards.results_card,
    CohortsAnswer: insights.insight_card,
    AffinityAnswer: insights.insight_card,
    SegmentsAnswer: insights.insight_card,
    ChurnAnswer: insights.insight_card,
    ProductsAnswer: insights.insight_card,
    SeasonalAnswer: insights.insight_card,
    Help: guidance.help_card,
    Status: guidance.status_card,
    PrivacyNotice: privacy.notice_card,
}
"""How each answer looks that needs nothing but itself."""


async def answer(asked: str, caller: Caller, services: Services) -> View:
    """Answer; what a person can be told in a sentence is an answer too."""
    try:
        return draw(await commands.answer(asked, caller, services), services)
    except AmbiguousCustomerError as error:
        return customers.choices(
            error.asked,
            error.choices,
            error.count,
            is_complete=error.is_complete,
        )
    except ExpectedError as error:
        return customers.sentence(error.sentence)


def draw(result: commands.Result, services: Services) -> View:
    """Draw what a command found; what has no view of its own is said as on a terminal."""
    if isinstance(result, CustomerAnswer):
        return customer_card(result, services)
    view = VIEWS.get(type(result))
    return customers.sentence(result.to_text()) if view is None else view(result)


def customer_card(answer: CustomerAnswer, services: Services) -> View:
    """Draw the full card, with the way to Gorgias where the customer is known there."""
    gorgias_id = answer.profile.gorgias_id
    url = services.gorgias.customer_url(gorgias_id) if gorgias_id else None
    return customers.customer_card(answer.profile, url)
