"""`regulars privacy erase WHO`: forget one customer for good."""

import argparse
import asyncio
from getpass import getuser
from typing import Any

from bot.logs import configure_logs
from bot.settings import Settings, load_settings
from bot.tables import upgrade
from bot.wiring import open_parts
from services.errors import WrongInputError
from services.privacy import Erased


def add_privacy_command(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Register the command; its `act` returns the exit code."""
    command = subparsers.add_parser("privacy", help="erase a customer who asks for it")
    acts = command.add_subparsers(required=True, metavar="what")
    erase = acts.add_parser("erase", help="forget one customer for good")
    erase.add_argument("who", help="e-mail address, phone number, order number or customer id")
    erase.add_argument("--yes", action="store_true", help="really do it; this cannot be undone")
    erase.set_defaults(act=_erase)


def _erase(parsed: argparse.Namespace) -> int:
    settings = load_settings(require_slack=False)
    configure_logs(settings.log_level, settings.log_format, secrets=settings.secrets())
    if not parsed.yes:
        raise WrongInputError(
            "Nothing was erased. This cannot be undone: look the customer up with "
            '`regulars ask "/customer …"`, then add --yes.'
        )
    found = asyncio.run(_run(settings, parsed.who))
    print(found.sentence)  # noqa: T201
    return 0


async def _run(settings: Settings, who: str) -> Erased:
    await upgrade(settings.database_url)
    async with open_parts(settings) as parts:
        privacy = parts.services.privacy
        found = await privacy.find(who)
        by = f"terminal:{getuser()}"[:64]
        return await privacy.erase(found.customer_id, by, is_admin=True)
