"""When a campaign's result is told without anybody asking: as soon as its window has closed."""

from services.campaigns import Campaign, Campaigns, Person, words
from services.campaigns.board import Board
from services.campaigns.plan import State
from services.errors import NotAllowedError
from services.ports import Workspace
from services.tickets.desk import LaterError
from storage.jobs import Job

BOT = Person("regulars", is_admin=False)
AGAIN_SECONDS = 3_600.0
"""Until orders of the whole window are imported, it is looked for them so often."""


async def tell_results(campaigns: Campaigns, workspace: Workspace, board: Board, job: Job) -> None:
    """Post the result where the campaign's card is, once, and let the card say that it is over."""
    campaign = await campaigns.get(int(job.payload["campaign"]))
    if campaign.state not in {State.RUNNING, State.FINISHED}:
        return
    if not await campaigns.has_closed(campaign.id):
        raise LaterError(AGAIN_SECONDS, "Waits for the orders of the whole window.")
    found = await campaigns.results(campaign.id, BOT)
    lines = [words.heading(found), found.verdict, *words.result_lines(found)]
    text = "\n".join([*lines, *words.caution_lines(found)])
    await _say(campaign, text, workspace)
    await board.redraw(await campaigns.get(campaign.id), await campaigns.delivered(campaign.id))


async def _say(campaign: Campaign, text: str, workspace: Workspace) -> None:
    if campaign.card is None:
        await workspace.tell_directly(campaign.created_by, text)
        return
    channel, ts = campaign.card
    try:
        await workspace.announce(
            channel, ts, f"campaign.results:{campaign.id}", text, to_channel=True
        )
    except NotAllowedError:
        await workspace.tell_directly(campaign.created_by, text)
