"""What services may ask of the chat workspace. `listeners.workspace` implements it for Slack.

Message ids (`ts`) are strings and are compared as strings, never as numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from services.cards import AgentMessage, TicketCard

SLACK = "Slack"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the workspace, as far as the workspace tells."""

    id: str
    name: str
    email: str | None
    is_guest: bool
    is_external: bool
    """Belongs to another organisation (a shared channel)."""
    is_bot: bool
    is_admin: bool


@dataclass(frozen=True, slots=True)
class File:
    """A file attached to a message; the bytes are fetched separately."""

    id: str
    name: str
    media_type: str
    size: int
    url: str
    permalink: str


@dataclass(frozen=True, slots=True)
class FileContent:
    """The bytes of a file that is really what it says."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a thread, its markup already turned into text and safe HTML."""

    ts: str
    author: str
    author_id: str | None
    at: datetime
    text: str
    html: str
    files: tuple[File, ...] = ()
    is_card: bool = False
    """Posted by this bot."""


@dataclass(frozen=True, slots=True)
class Thread:
    """A whole thread in order; `messages[0]` is the root."""

    channel: str
    channel_name: str
    root_ts: str
    messages: tuple[Message, ...]
    left_out: int = 0
    """Replies beyond what is copied."""
    origin: str = SLACK
    """Where it was written."""


@dataclass(frozen=True, slots=True)
class MessageReactions:
    """Who has put what on a message, as it stood at `read_at` (seconds since 1970)."""

    channel: str
    ts: str
    users_by_emoji: Mapping[str, frozenset[str]]
    read_at: float
    is_complete: bool
    """Slack names only some of very many people."""


@dataclass(frozen=True, slots=True)
class ChannelSeen:
    """A channel as far as the bot can know of it: public ones, and those it is in."""

    id: str
    name: str
    is_private: bool
    is_member: bool


class Surroundings(Protocol):
    """What the bot finds around itself: for set-up checks and for the Home tab."""

    async def granted_scopes(self) -> frozenset[str]:
        """Ask what the installed app may do; raises UnavailableError for a refused token."""

    async def channels(self) -> list[ChannelSeen]:
        """List channels that are not archived, at most the first thousand."""

    async def members(self) -> list[Person]:
        """List people of this workspace, without apps and who has left."""


class Workspace(Protocol):
    """The chat side. Every call has a time-out and raises `services.errors` exceptions."""

    async def thread(self, channel: str, ts: str) -> Thread:
        """Read the thread that holds message `ts`, which may be a reply.

        Raises MessageGoneError when exactly that message no longer exists and NotInChannelError
        when the bot may not read there.
        """

    async def person(self, user_id: str) -> Person: ...

    async def has_left(self, user_id: str) -> bool:
        """Whether the workspace deactivated somebody; False where it does not tell."""

    async def admins(self) -> frozenset[str]:
        """List the workspace's admins and owners."""

    async def group_members(self, group_id: str) -> frozenset[str]: ...

    async def permalink(self, channel: str, ts: str) -> str | None: ...

    async def fetch_file(self, file: File) -> FileContent:
        """Fetch the bytes; raises FileUnreadableError with the reason."""

    async def joined_channels(self) -> list[str]:
        """List the channels the bot is in."""

    async def reactions_since(self, channel: str, oldest: str) -> list[MessageReactions]:
        """Read how reactions stand on a channel's messages, threads left out, newest first."""

    async def reactions_on(self, channel: str, ts: str) -> MessageReactions:
        """Read how reactions stand on one message; none where it is gone."""

    async def told_thread(self, source: Mapping[str, Any]) -> Thread:
        """Build a thread of the one message that a shortcut handed over."""

    async def direct_channel(self, user_id: str) -> str | None:
        """Open the direct message with a person; None when that is impossible."""

    async def channel_name(self, channel: str) -> str | None:
        """Name a channel; None when Slack does not tell."""

    async def greet(self, channel: str, hello: str) -> None:
        """Say hello to a channel that invited us; it may refuse."""

    async def retire_card(self, channel: str, ts: str, moved_to: str) -> None:
        """Leave a pointer where a card was before it moved to its thread."""

    async def find_posted(self, channel: str, thread_ts: str | None, key: str) -> str | None:
        """Look for what we posted under `key` and return its ts."""

    async def post_card(self, card: TicketCard) -> str:
        """Post the card into its thread and return its ts.

        Raises ChannelClosedError where we may no longer write, NotAllowedError for other refusals.
        """

    async def post_agent_message(self, message: AgentMessage) -> None:
        """Show what an agent wrote; in a channel shared with others only that they wrote.

        Raises as `post_card` does.
        """

    async def announce(
        self, channel: str, root_ts: str, key: str, text: str, *, to_channel: bool = False
    ) -> None:
        """Say something in a thread, and where wanted in its channel, once for each `key`.

        Raises NotAllowedError where it may not be said.
        """

    async def update_card(self, card: TicketCard, ts: str) -> bool:
        """Change the card in place; False when it no longer exists. Raises as `post_card` does."""

    async def add_mark(self, channel: str, ts: str, emoji: str) -> None: ...

    async def remove_mark(self, channel: str, ts: str, emoji: str) -> None: ...

    async def tell(self, user_id: str, channel: str, root_ts: str | None, sentence: str) -> bool:
        """Tell one person: privately in the thread, else the channel, else a direct message.

        Returns False when none of these reached them.
        """

    async def offer_ticket(self, user_id: str, channel: str, ts: str) -> bool:
        """Ask one person, in the channel, whether to make and resolve a ticket of a message."""

    async def dismiss(self, respond_to: str) -> None:
        """Take away a question that was shown to one person."""

    async def tell_directly(self, user_id: str, sentence: str) -> bool:
        """Send a direct message; False when the person cannot be reached."""
