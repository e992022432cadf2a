"""`regulars campaign-export`: the approved list of a campaign as a file.

All else about campaigns is asked as in Slack: regulars ask "/campaign list" --json.
"""

import argparse
import asyncio
from pathlib import Path
from typing import Any, TextIO

from bot.logs import configure_logs
from bot.settings import Settings, load_settings
from bot.tables import upgrade
from bot.wiring import open_parts
from commands.campaign import person
from commands.people import TERMINAL
from services.campaigns.files import Layout
from services.errors import WrongInputError


def add_campaign_command(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Register the command; its `act` returns the exit code."""
    summary = "write whom an approved campaign writes to into a CSV file"
    command = subparsers.add_parser(
        "campaign-export", help=summary, description=summary.capitalize() + "."
    )
    command.add_argument("campaign", type=int, help="number of the campaign")
    command.add_argument("file", type=Path, help="CSV file to write; it must not exist yet")
    command.add_argument(
        "--layout",
        choices=[str(layout) for layout in Layout],
        default=str(Layout.KLAVIYO),
        help="whose import it is for (default: %(default)s)",
    )
    command.set_defaults(act=_act)


def _act(parsed: argparse.Namespace) -> int:
    settings = load_settings(require_slack=False)
    configure_logs(settings.log_level, settings.log_format, secrets=settings.secrets())
    path: Path = parsed.file
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            asyncio.run(_write(settings, parsed.campaign, Layout(parsed.layout), file))
    except FileExistsError as error:
        raise WrongInputError(f"{path} exists already; nothing was exported.") from error
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    print(f"Written to {parsed.file}. It holds personal data: import it, then delete it.")  # noqa: T201
    return 0


async def _write(settings: Settings, campaign_id: int, layout: Layout, file: TextIO) -> None:
    await upgrade(settings.database_url)
    async with open_parts(settings) as parts:
        campaigns = parts.services.campaigns
        async for part in campaigns.export(campaign_id, layout, person(TERMINAL)):
            file.write(part)
