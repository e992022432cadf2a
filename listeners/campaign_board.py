"""What people see of a campaign that goes on by itself: one message of progress, and its card."""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from commands.campaign_answers import CampaignAnswer
from listeners import markup
from listeners.slack_calls import SlackRefusedError
from listeners.views.campaign_cards import state_card
from listeners.workspace import SlackWorkspace
from listeners.workspace.posts import OUR_POST
from services.campaigns import Campaign
from services.campaigns.board import Place
from services.campaigns.channels import Channel

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SlackBoard:
    """Implements `services.campaigns.board.Board`."""

    workspace: SlackWorkspace
    currency: str
    channels: frozenset[Channel]

    async def show_progress(
        self, campaign: Campaign, asked_by: str, key: str, text: str, shown: Place | None
    ) -> Place | None:
        """Change the message that says how far something is, or post it."""
        calls, client = self.workspace.calls, self.workspace.client
        safe = markup.escape_mrkdwn(text)
        if shown is not None:
            channel, ts = shown
            try:
                await calls.post(client.chat_update, channel=channel, ts=ts, text=safe)
            except SlackRefusedError as error:
                log.info("campaign.progress_gone", error=error.error)
            return shown
        channel, thread_ts = campaign.card or (await self._direct(asked_by), None)
        if not channel:
            return None
        posted_before = await self.workspace.find_posted(channel, thread_ts, key)
        if posted_before is not None:
            place = (channel, posted_before)
            return await self.show_progress(campaign, asked_by, key, text, place)
        metadata = {"event_type": OUR_POST, "event_payload": {"key": key}}
        try:
            posted = await calls.post(
                client.chat_postMessage,
                channel=channel,
                thread_ts=thread_ts,
                text=safe,
                metadata=metadata,
            )
        except SlackRefusedError as error:
            log.warning("campaign.progress_refused", error=error.error)
            return None
        return str(posted["channel"]), str(posted["ts"])

    async def redraw(self, campaign: Campaign, delivered: Mapping[str, Mapping[str, int]]) -> None:
        """Let the card show the state that the campaign has now, and what was delivered."""
        if campaign.card is None:
            return
        channel, ts = campaign.card
        answer = CampaignAnswer(campaign, self.currency, self.channels, delivered)
        text, blocks = state_card(answer)
        calls, client = self.workspace.calls, self.workspace.client
        try:
            await calls.post(client.chat_update, channel=channel, ts=ts, text=text, blocks=blocks)
        except SlackRefusedError as error:
            log.info("campaign.card_gone", error=error.error)

    async def _direct(self, asked_by: str) -> str:
        """Open our direct messages; empty where whoever asked has none, as on a terminal."""
        return await self.workspace.direct_channel(asked_by) or ""
