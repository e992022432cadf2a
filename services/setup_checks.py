"""The self-check: what is set up, and for what is not, one sentence that says exactly what to do.

The Home tab, `/regulars status` and `regulars doctor` show these same sentences. None of them
holds a secret.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from services.channel_settings import ChannelSettings, OwnSettings
from services.days import STALE_DAYS, spoken_time
from services.errors import ExpectedError, GorgiasUnavailableError
from services.gorgias import REFUSED_LOGIN, Gorgias, GorgiasRefusedError
from services.people import People
from services.ports import Surroundings
from storage import shop_figures
from storage.database import Database, is_unavailable

CHECK_SECONDS = 10
REMEMBER_SECONDS = 60
NAMED = 5

SCOPES = {
    "app_mentions:read": "nobody can ask me by mentioning me",
    "channels:history": "I cannot read messages in public channels",
    "channels:read": "I do not know which channels I am in",
    "chat:write": "I cannot post ticket cards",
    "commands": "slash commands and shortcuts do not work",
    "files:read": "files of a thread are linked, not copied",
    "files:write": "I cannot show charts",
    "groups:history": "I cannot read messages in private channels",
    "groups:read": "I do not know which private channels I am in",
    "im:history": "nobody can ask me in a direct message",
    "im:read": "I do not recognise direct messages",
    "im:write": "I cannot write direct messages",
    "reactions:read": "🎫, 👀 and ✅ do nothing",
    "reactions:write": "I cannot mark messages that have a ticket",
    "usergroups:read": "AGENT_USER_GROUP cannot be read",
    "users:read": "I cannot tell colleagues from guests",
    "users:read.email": "colleagues cannot be matched with Gorgias users",
}
"""Every bot scope of `manifest.yml`, and what does not work without it."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is right, or the sentence that says what to do."""

    name: str
    is_ok: bool
    sentence: str

    @property
    def line(self) -> str:
        """Say it in one line; the mark is never the only sign."""
        return f"{'✔' if self.is_ok else '✘'} {self.name}: {self.sentence}"


@dataclass(slots=True)
class SetupChecks:
    """Looks at everything around the bot, each thing for ten seconds at most."""

    surroundings: Surroundings
    gorgias: Gorgias
    database: Database
    people: People
    channels: ChannelSettings
    accounts: Mapping[str, Callable[[], Awaitable[str]]] = field(default_factory=dict)
    """Where campaigns are delivered, by name: each says whether we are let in."""
    _known: tuple[float, tuple[Check, ...]] | None = field(default=None)

    async def run(self) -> tuple[Check, ...]:
        """Look at everything now."""
        checks: dict[str, Callable[[], Awaitable[Check | str]]] = {
            "Slack scopes": self._scopes,
            "Gorgias login": self._gorgias_login,
            "Database": self._database_answers,
            "Data age": self._data_age,
            "Channels": self._channels,
            "Emoji": self._emoji_meanings,
            "People": self._people_in_gorgias,
            **self.accounts,
        }
        found = tuple(
            await asyncio.gather(*(self._bounded(name, look) for name, look in checks.items())),
        )
        self._known = (time.monotonic(), found)
        return found

    async def recent(self) -> tuple[Check, ...]:
        """Tell what was found in the last minute, or look again."""
        if self._known and time.monotonic() - self._known[0] < REMEMBER_SECONDS:
            return self._known[1]
        return await self.run()

    async def _bounded(self, name: str, look: Callable[[], Awaitable[Check | str]]) -> Check:
        """Turn whatever stands in the way of looking into its sentence."""
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                found = await look()
        except TimeoutError:
            return Check(name, is_ok=False, sentence="No answer within ten seconds; look again.")
        except ExpectedError as error:
            return Check(name, is_ok=False, sentence=error.sentence)
        except Exception as error:
            if not is_unavailable(error):
                raise
            # Even Gorgias's rate budget is kept there.
            return Check(name, is_ok=False, sentence="unknown while the database does not answer.")
        return found if isinstance(found, Check) else Check(name, is_ok=True, sentence=found)

    async def _scopes(self) -> Check | str:
        missing = sorted(set(SCOPES) - await self.surroundings.granted_scopes())
        if not missing:
            return f"all {len(SCOPES)} are granted."
        listed = "; ".join(f"{scope} ({SCOPES[scope]})" for scope in missing)
        return _to_do(
            "Slack scopes",
            f"missing {listed}. Add them at api.slack.com/apps → OAuth & Permissions and install "
            "the app again.",
        )

    async def _gorgias_login(self) -> Check | str:
        try:
            await self.gorgias.check_account()
        except GorgiasRefusedError as error:
            if error.http_status not in REFUSED_LOGIN:
                return "accepted."
            return _to_do(
                "Gorgias login",
                "GORGIAS_USERNAME and GORGIAS_API_KEY are refused. Create a key at Gorgias → "
                "Settings → REST API, put both into .env and start me again.",
            )
        except GorgiasUnavailableError:
            return _to_do(
                "Gorgias login",
                "Gorgias is not answering. If GORGIAS_BASE_URL is right, wait: what people do in "
                "Slack is saved and follows.",
            )
        return "accepted."

    async def _database_answers(self) -> Check | str:
        try:
            await self.database.check()
        except Exception as error:
            if not is_unavailable(error):
                raise
            return _to_do(
                "Database",
                "it does not answer. Check that the server of DATABASE_URL runs and has space.",
            )
        return f"{'SQLite' if self.database.is_sqlite else 'PostgreSQL'} answers."

    async def _data_age(self) -> Check | str:
        async with self.database.read() as connection:
            newest = await shop_figures.data_as_of(connection)
        again = "Export orders from your shop and run: regulars import orders.csv"
        if newest is None:
            return _to_do("Data age", f"no orders have been imported yet. {again}")
        days = (datetime.now(UTC) - newest).days
        if days >= STALE_DAYS:
            return _to_do("Data age", f"the newest import is {days} days old. {again}")
        return f"imported {spoken_time(newest)}."

    async def _channels(self) -> Check | str:
        joined = [channel for channel in await self.surroundings.channels() if channel.is_member]
        if not joined:
            return _to_do(
                "Channels",
                "I am in no channel yet. Type /invite @regulars in the channel where your team "
                "reports problems.",
            )
        return f"I am in {_listed([f'#{channel.name}' for channel in joined])}."

    async def _emoji_meanings(self) -> Check | str:
        """Look for an emoji that would mean two things; which exist, Slack does not tell us."""
        emoji = self.channels.emoji
        if clash := emoji.clash():
            both = [act for act, names in emoji.meanings() if clash in names]
            settings = " and in ".join(f"{act.upper()}_EMOJI" for act in both)
            return _to_do(
                "Emoji",
                f":{clash}: stands in {settings}. Take it out of one of them in .env and start me "
                "again.",
            )
        everywhere = (
            f"{_emoji(emoji.ticket)} files, {_emoji(emoji.claim)} claims, "
            f"{_emoji(emoji.resolve)} resolves"
        )
        own = await self._own_settings()
        return f"{everywhere}, in every channel{f' but {own}' if own else ''}."

    async def _own_settings(self) -> str:
        """Name the channels that do something differently, and what."""
        every = await self.channels.every()
        names = {channel.id: channel.name for channel in await self.surroundings.channels()}
        told = [
            f"#{names[own.channel]} ({differs})"
            for own in every
            if own.channel in names and (differs := _differences(own))
        ]
        return _listed(told)

    async def _people_in_gorgias(self) -> Check | str:
        members = await self.surroundings.members()
        agents = [person for person in members if await self.people.is_agent(person)]
        emails = await self._gorgias_emails()
        unknown = [person.name for person in agents if (person.email or "").lower() not in emails]
        if not unknown:
            return f"all {len(agents)} have a Gorgias user with the same e-mail."
        return _to_do(
            "People",
            f"{_listed(unknown)} of {len(agents)} have no Gorgias user with the e-mail of their "
            "Slack profile, so tickets cannot be assigned to them. Add them at Gorgias → Settings "
            "→ Users, or ignore this for people who do no support.",
        )

    async def _gorgias_emails(self) -> frozenset[str]:
        try:
            return await self.gorgias.user_emails()
        except GorgiasRefusedError as error:
            raise ExpectedError(
                "Gorgias does not show its users to this key. Use a key of an admin or lead.",
            ) from error


def _to_do(name: str, sentence: str) -> Check:
    return Check(name, is_ok=False, sentence=sentence)


def _listed(names: list[str]) -> str:
    if len(names) <= NAMED:
        return ", ".join(names)
    return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"


def _emoji(names: Sequence[str]) -> str:
    return " ".join(f":{name}:" for name in names)


def _differences(own: OwnSettings) -> str:
    """Say what a channel has of its own; nothing where all is as everywhere."""
    told = [
        f"{_emoji(names)} {verb}"
        for names, verb in (
            (own.ticket_emoji, "files"),
            (own.claim_emoji, "claims"),
            (own.resolve_emoji, "resolves"),
        )
        if names
    ]
    told += ["triage"] if own.is_triage else []
    told += [f"tags {', '.join(own.tags)}"] if own.tags else []
    return ", ".join(told)
