"""`regulars doctor`: the self-check of the Home tab, on the command line."""

import argparse
import asyncio
import json
from typing import Any

from bot.logs import configure_logs
from bot.settings import Settings, load_settings
from bot.tables import DatabaseAwayError
from bot.wiring import open_parts
from services.setup_checks import Check
from storage.database import is_not_let_in, is_unavailable
from storage.migrate import upgrade


def add_doctor_command(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Register the command; its `act` returns 0 when everything is right, else 1."""
    command = subparsers.add_parser(
        "doctor",
        help="check the set-up and say exactly what to do",
        description="Checks Slack, Gorgias, the database, the data and the people, and says of "
        "each that it is right, or what to do.",
    )
    command.add_argument("--json", action="store_true", help="answer as JSON")
    command.set_defaults(act=_act)


def _act(parsed: argparse.Namespace) -> int:
    settings = load_settings(require_slack=True)
    configure_logs("ERROR", settings.log_format, secrets=settings.secrets())
    checks = asyncio.run(_look(settings))
    told = [{"name": each.name, "ok": each.is_ok, "sentence": each.sentence} for each in checks]
    text = "\n".join(check.line for check in checks)
    print(json.dumps({"checks": told}, ensure_ascii=False) if parsed.json else text)  # noqa: T201 - the result
    return 0 if all(check.is_ok for check in checks) else 1


async def _look(settings: Settings) -> tuple[Check, ...]:
    try:
        await upgrade(settings.database_url)
    except Exception as error:
        if is_not_let_in(error):
            raise DatabaseAwayError(error) from error
        if not is_unavailable(error):
            raise  # the checks say the rest
    async with open_parts(settings) as parts:
        return await parts.services.setup_checks.run()
