"""Who we are in Slack and Gorgias: definitely refused, or merely not answering yet."""

import asyncio
import random

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sockets import FATAL_ERRORS
from listeners.slack_calls import error_code
from listeners.workspace import BotIdentity
from services.errors import GorgiasUnavailableError
from services.gorgias import REFUSED_LOGIN, Gorgias, GorgiasRefusedError

log = structlog.get_logger()

LONGEST_WAIT_SECONDS = 10
CALL_SECONDS = 5


class CredentialsRefusedError(Exception):
    """One sentence that names the variable and where to get a good value."""


async def ask_slack(client: AsyncWebClient, bot: BotIdentity) -> bool:
    """Ask once who we are and fill in `bot`; False when Slack does not answer."""
    try:
        async with asyncio.timeout(CALL_SECONDS):
            answer = await client.auth_test()
    except SlackApiError as error:
        code = error_code(error)
        if code in FATAL_ERRORS:
            raise CredentialsRefusedError(
                f"Slack refuses SLACK_BOT_TOKEN ({code}). Copy the Bot User OAuth Token from "
                "api.slack.com/apps → your app → OAuth & Permissions.",
            ) from error
        log.warning("slack.unreachable", error=code)
        return False
    except Exception as error:  # noqa: BLE001 - whatever a network does, we keep trying
        log.warning("slack.unreachable", error=type(error).__name__)
        return False
    bot.team_id, bot.user_id = str(answer["team_id"]), str(answer["user_id"])
    return True


async def insist_on_slack(client: AsyncWebClient, bot: BotIdentity) -> None:
    """Ask until Slack answers; raises CredentialsRefusedError."""
    wait = 0.5
    while not await ask_slack(client, bot):
        await asyncio.sleep(random.uniform(wait / 2, wait))  # noqa: S311
        wait = min(wait * 2, LONGEST_WAIT_SECONDS)


async def check_gorgias(gorgias: Gorgias) -> bool:
    """Tell whether Gorgias answers; raises CredentialsRefusedError for a definitely wrong key."""
    try:
        await gorgias.check_account()
    except GorgiasRefusedError as error:
        if error.http_status in REFUSED_LOGIN:
            raise CredentialsRefusedError(
                f"Gorgias refuses GORGIAS_USERNAME and GORGIAS_API_KEY (HTTP {error.http_status})."
                " Create a key at Gorgias → Settings → REST API.",
            ) from error
        log.info("gorgias.account_unreadable", status=error.http_status)
    except GorgiasUnavailableError as error:
        log.warning("gorgias.unreachable", reason=error.code)
        return False
    return True
