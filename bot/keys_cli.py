"""`regulars keys create · list · rotate · revoke`: the keys of the HTTP API.

A new key is shown once, on stdout and alone, so that a script can take it; all else goes to stderr.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime
from getpass import getuser
from typing import Any, TypeVar

from bot.logs import configure_logs
from bot.settings import load_settings
from bot.tables import upgrade
from services.api_keys import OVERLAP_HOURS, ApiKey, ApiKeys, KeyRequest, NewKey, Scope
from storage.database import Database
from storage.pools import PoolSizes

Result = TypeVar("Result")

SCOPES = ", ".join(Scope)


def add_keys_command(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Register the command; its `act` returns the exit code."""
    command = subparsers.add_parser("keys", help="make, list, replace and revoke keys of the API")
    acts = command.add_subparsers(required=True, metavar="what")
    create = acts.add_parser("create", help="make a key; it is shown once")
    create.add_argument(
        "--owner",
        required=True,
        help="who answers for it: a program, or a person; named by their Slack user id (U…), their "
        "keys end when Slack deactivates them",
    )
    create.add_argument(
        "--scope",
        "--scopes",
        action="append",
        required=True,
        metavar="SCOPE",
        help=f"what it is good for, several with commas: {SCOPES}; admin includes all",
    )
    create.add_argument("--days", type=int, help="how long it holds (default: until revoked)")
    create.add_argument("--note", default="", help="what it is for")
    create.add_argument(
        "--calls-per-minute", type=int, metavar="N", help="its own limit (API_CALLS_PER_MINUTE)"
    )
    create.set_defaults(act=_create)
    show = acts.add_parser("list", help="show all keys, without their secrets")
    show.set_defaults(act=_list)
    rotate = acts.add_parser("rotate", help="make a key like this one, which goes on for a while")
    rotate.add_argument("key", type=int, help="its number in the list")
    rotate.add_argument(
        "--overlap-hours",
        type=float,
        default=OVERLAP_HOURS,
        metavar="H",
        help="how long the old key still holds (default: %(default)s)",
    )
    rotate.set_defaults(act=_rotate)
    revoke = acts.add_parser("revoke", help="withdraw a key at once")
    revoke.add_argument("key", type=int, help="its number in the list")
    revoke.set_defaults(act=_revoke)
    for act in (create, show, rotate, revoke):
        act.add_argument("--json", action="store_true", help="answer as JSON")


def _create(parsed: argparse.Namespace) -> int:
    scopes = [scope.strip() for given in parsed.scope for scope in given.split(",")]
    request = KeyRequest(parsed.owner, scopes, parsed.days, parsed.note, parsed.calls_per_minute)
    made = _with_keys(lambda keys: keys.create(request, _actor()))
    return _show_new(made, as_json=parsed.json)


def _rotate(parsed: argparse.Namespace) -> int:
    made = _with_keys(lambda keys: keys.rotate(parsed.key, _actor(), parsed.overlap_hours))
    return _show_new(made, as_json=parsed.json)


def _list(parsed: argparse.Namespace) -> int:
    found = _with_keys(lambda keys: keys.all_keys())
    if parsed.json:
        print(json.dumps([_plain(key) for key in found]))  # noqa: T201 - the result
    elif found:
        print("\n".join(_line(key) for key in found))  # noqa: T201 - the result
    else:
        print("There is no key yet. `regulars keys create` makes one.")  # noqa: T201 - the result
    return 0


def _revoke(parsed: argparse.Namespace) -> int:
    key = _with_keys(lambda keys: keys.revoke(parsed.key, _actor()))
    text = json.dumps(_plain(key)) if parsed.json else _line(key)
    print(text)  # noqa: T201 - the result
    return 0


def _with_keys(act: Callable[[ApiKeys], Awaitable[Result]]) -> Result:
    settings = load_settings(require_slack=False)
    configure_logs(settings.log_level, settings.log_format, secrets=settings.secrets())

    async def run() -> Result:
        await upgrade(settings.database_url)
        database = Database(settings.database_url, pools=PoolSizes(work=1))
        try:
            return await act(ApiKeys(database))
        finally:
            await database.close()

    return asyncio.run(run())


def _show_new(made: NewKey, *, as_json: bool) -> int:
    if as_json:
        print(json.dumps({"secret": made.secret, "key": _plain(made.key)}))  # noqa: T201
        return 0
    print(made.secret)  # noqa: T201 - the result
    print(_line(made.key), file=sys.stderr)  # noqa: T201
    print("Keep it now: it is not shown again.", file=sys.stderr)  # noqa: T201
    return 0


def _line(key: ApiKey) -> str:
    parts = [
        f"{key.id:>4}  {key.prefix}  {key.state:<8} {key.owner}",
        ",".join(key.scopes),
        f"until {_day(key.expires_at)}" if key.expires_at else "no end",
        f"last used {_day(key.last_used_at)}" if key.last_used_at else "never used",
    ]
    if key.replaces:
        parts.append(f"replaces {key.replaces}")
    if key.note:
        parts.append(key.note)
    if key.revoked_because:
        parts.append(key.revoked_because)
    if key.leaked_at and key.state == "active":
        parts.append(f"LEAKED in an address on {_day(key.leaked_at)}: rotate it")
    return " · ".join(parts)


def _plain(key: ApiKey) -> dict[str, Any]:
    """Make it fit for JSON: times as ISO 8601."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(key).items()
    }


def _day(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")


def _actor() -> str:
    try:
        return f"terminal:{getuser()}"
    except (KeyError, OSError):  # a user id without a name, as in containers
        return "terminal"
