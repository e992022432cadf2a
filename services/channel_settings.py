"""What a channel does differently: its emoji, its tags, whether it is a triage channel.

Read from the database whenever it matters, so that a change holds at once in every replica.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from services.emoji import Emoji
from services.errors import WrongInputError
from storage import audit, channel_settings
from storage.channel_settings import OwnSettings
from storage.database import Connection, Database

__all__ = ["ChannelRules", "ChannelSettings", "OwnSettings"]


@dataclass(frozen=True, slots=True)
class ChannelRules:
    """What holds in one channel."""

    emoji: Emoji
    is_triage: bool
    """A ✅ without a ticket asks its author whether to make one."""
    tags: tuple[str, ...]
    """Of every ticket from there."""


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """`emoji` and `tags` are those of every channel that has none of its own."""

    database: Database
    emoji: Emoji
    tags: tuple[str, ...]

    async def rules(self, channel: str) -> ChannelRules:
        """Read what holds in a channel."""
        async with self.database.read() as connection:
            return await self.rules_in(connection, channel)

    async def rules_in(self, connection: Connection, channel: str) -> ChannelRules:
        """Do the same on a connection that is already there."""
        return self._rules(await channel_settings.find(connection, channel))

    async def own(self, channel: str) -> OwnSettings:
        """Read what was set for this channel itself."""
        async with self.database.read() as connection:
            return await channel_settings.find(connection, channel) or OwnSettings(channel)

    async def every(self) -> Sequence[OwnSettings]:
        """List what was set for any channel."""
        async with self.database.read() as connection:
            return await channel_settings.every(connection)

    async def change(self, settings: OwnSettings, actor: str) -> ChannelRules:
        """Replace a channel's settings; raises WrongInputError for emoji with two meanings.

        What is so already is not changed, nor written down, a second time.
        """
        rules = self._rules(settings)
        if clash := rules.emoji.clash():
            raise WrongInputError(f":{clash}: would mean two things. Take it out of one of them.")
        async with self.database.transaction() as connection:
            await audit.take_turn(connection)
            before = await channel_settings.find(connection, settings.channel)
            if before == settings:
                return rules
            await channel_settings.save(connection, settings, actor)
            await audit.append(
                connection,
                actor=actor,
                action="channel.settings_changed",
                subject=settings.channel,
                detail={"before": asdict(before) if before else None, "after": asdict(settings)},
            )
        return rules

    def _rules(self, own: OwnSettings | None) -> ChannelRules:
        if own is None:
            return ChannelRules(self.emoji, is_triage=False, tags=self.tags)
        emoji = Emoji(
            tuple(own.ticket_emoji) or self.emoji.ticket,
            tuple(own.resolve_emoji) or self.emoji.resolve,
            tuple(own.claim_emoji) or self.emoji.claim,
        )
        tags = tuple(dict.fromkeys((*self.tags, *own.tags)))
        return ChannelRules(emoji, own.is_triage, tags)
