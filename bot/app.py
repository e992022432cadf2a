"""The Bolt app: who it is, what comes before the acknowledgement, which listeners there are."""

import logging

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

import listeners
from listeners.inbox import Inbox
from listeners.middleware import GiveServices
from services.container import Services


def build_app(client: AsyncWebClient, services: Services, inbox: Inbox) -> AsyncApp:
    """Put the app together; `client` carries token and address."""
    token = client.token or ""

    async def authorize() -> AuthorizeResult:
        # Constant on purpose: Bolt's own authorization calls auth.test before any middleware and
        # answers 200 when that fails, which loses the event.
        return AuthorizeResult(enterprise_id=None, team_id=None, bot_token=token)

    # Bolt warns that it will not use the token it finds in the environment; that is the point.
    logging.getLogger("slack_bolt.AsyncApp").addFilter(
        lambda record: "`token`" not in record.getMessage(),
    )
    app = AsyncApp(
        name="regulars",  # else Bolt looks for a file name in every module's source
        client=client,
        authorize=authorize,
        ignoring_self_events_enabled=False,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        url_verification_enabled=False,
    )
    app.use(inbox.__call__)
    app.use(GiveServices(services).__call__)
    listeners.register(app)
    return app
