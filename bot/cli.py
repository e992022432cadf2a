"""The command line: `regulars run · demo · doctor · import · ask · forecast · keys · db`, and more.

Results go to stdout, logs and problems to stderr. Exit codes: 0 done, 1 refused or not found,
2 wrong use or wrong set-up.
"""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from types import FrameType

import structlog

import commands
from bot.campaign_cli import add_campaign_command
from bot.demo import add_demo_command
from bot.doctor_cli import add_doctor_command
from bot.forecast_cli import add_forecast_commands
from bot.identity import CredentialsRefusedError
from bot.import_cli import add_import_command
from bot.keys_cli import add_keys_command
from bot.lock import InUseError, lock_sqlite
from bot.logs import configure_logs
from bot.output import to_reader
from bot.privacy_cli import add_privacy_command
from bot.roles import Role, RoleNeedsPostgresError
from bot.runner import Runner
from bot.score_cli import add_score_command
from bot.settings import Settings, SettingsProblem, load_settings
from bot.sockets import SocketsRefusedError
from bot.tables import DatabaseAwayError, upgrade
from bot.wiring import open_parts
from commands.people import TERMINAL
from commands.phrases import NotUnderstood, interpret
from services.errors import ExpectedError, WrongInputError

log = structlog.get_logger()

DONE, REFUSED, WRONG_USE = 0, 1, 2
INTERRUPTED = 130
"""As a shell tells of Ctrl-C."""

SET_UP_PROBLEMS = (
    SettingsProblem,
    CredentialsRefusedError,
    SocketsRefusedError,
    InUseError,
    DatabaseAwayError,
    RoleNeedsPostgresError,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; a problem with the set-up is one sentence and exit code 2."""
    parsed = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _end_as_by_ctrl_c)
    try:
        return int(parsed.act(parsed))
    except SET_UP_PROBLEMS as problem:
        return _complain(str(problem), WRONG_USE)
    except ExceptionGroup as group:
        refused = group.subgroup(SET_UP_PROBLEMS)
        if refused is None:
            raise
        return _complain(str(_first(refused)), WRONG_USE)
    except WrongInputError as error:
        return _complain(error.sentence, WRONG_USE)
    except ExpectedError as error:
        return _complain(error.sentence, REFUSED)
    except KeyboardInterrupt:
        return _complain("Interrupted. What was not finished was put aside.", INTERRUPTED)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="regulars", description=__doc__)
    subparsers = parser.add_subparsers(required=True, metavar="command")
    run = subparsers.add_parser("run", help="run the bot")
    run.add_argument(
        "--role",
        choices=[role.value for role in Role],
        default=Role.ALL.value,
        help="socket takes in, worker does the work, http serves only health and metrics; "
        "all (the default) is everything; the others need PostgreSQL",
    )
    run.set_defaults(act=_run)
    ask = subparsers.add_parser("ask", help='answer on the terminal: ask "/customer anna@…"')
    ask.add_argument("text", help="what you would type in Slack, in quotes")
    ask.add_argument("--json", action="store_true", help="answer as JSON")
    ask.set_defaults(act=_ask)
    database = subparsers.add_parser("db", help="look after the database")
    database.add_argument("what", choices=["upgrade"], help="upgrade: bring the tables up to date")
    database.set_defaults(act=_upgrade)
    add_demo_command(subparsers)
    add_doctor_command(subparsers)
    add_forecast_commands(subparsers)
    add_import_command(subparsers)
    add_privacy_command(subparsers)
    add_score_command(subparsers)
    add_campaign_command(subparsers)
    add_keys_command(subparsers)
    return parser


def _run(parsed: argparse.Namespace) -> int:
    settings = _settings(require_slack=True)
    role = Role(parsed.role)
    with ExitStack() as stack:
        if settings.database_url.startswith("sqlite"):
            if role is not Role.ALL:
                raise RoleNeedsPostgresError(role)
            stack.enter_context(lock_sqlite(settings.database_url))
        asyncio.run(_run_bot(settings, role))
    return DONE


async def _run_bot(settings: Settings, role: Role) -> None:
    async with open_parts(settings) as parts:
        await Runner(parts, role).run()


def _ask(parsed: argparse.Namespace) -> int:
    settings = _settings(require_slack=False)
    told = asyncio.run(_answer(settings, parsed.text, as_json=parsed.json))
    with to_reader():
        print(told)  # noqa: T201 - the result
    return DONE


async def _answer(settings: Settings, text: str, *, as_json: bool) -> str:
    await upgrade(settings.database_url)
    async with open_parts(settings) as parts:
        result = await commands.answer(_meant(text), TERMINAL, parts.services)
    return json.dumps(result.to_json(), ensure_ascii=False) if as_json else result.to_text()


def _meant(text: str) -> str:
    """Take a command as it is, anything else as people say it to the bot."""
    meant = text if text.startswith("/") else interpret(text)
    if isinstance(meant, NotUnderstood):
        raise WrongInputError(meant.sentence)
    return meant


def _upgrade(_parsed: argparse.Namespace) -> int:
    settings = _settings(require_slack=False)
    asyncio.run(upgrade(settings.database_url))
    return DONE


def _settings(*, require_slack: bool) -> Settings:
    settings = load_settings(require_slack=require_slack)
    configure_logs(settings.log_level, settings.log_format, secrets=settings.secrets())
    return settings


def _end_as_by_ctrl_c(_number: int, frame: FrameType | None) -> None:
    """Let a command that is told to stop clean up after itself; the bot and the demo drain."""
    interrupt = signal.getsignal(signal.SIGINT)
    if not callable(interrupt):  # a shell may have started us with interrupts ignored
        interrupt = signal.default_int_handler
    interrupt(signal.SIGINT, frame)


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _complain(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)  # noqa: T201 - the answer of a command line
    return code
