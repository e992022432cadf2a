"""What an interaction lets the app do for a while: open a modal once, answer a few times."""

import secrets
from dataclasses import dataclass, field

from bot.playground.slack.errors import SlackError
from bot.playground.slack.ids import Clock

TRIGGER_SECONDS = 3
RESPONSE_URL_SECONDS = 30 * 60
RESPONSE_URL_USES = 5


@dataclass
class Trigger:
    """Permission to open one modal for `user`, above `view_id` if it came from a modal."""

    user: str
    issued_at: float
    view_id: str | None = None
    used: bool = False


@dataclass
class Triggers:
    """Hands out trigger ids and takes them back once."""

    clock: Clock
    _issued: dict[str, Trigger] = field(default_factory=dict)

    def issue(self, user: str, view_id: str | None = None) -> str:
        trigger_id = (
            f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**10)}.{secrets.token_hex(16)}"
        )
        self._issued[trigger_id] = Trigger(user, self.clock(), view_id)
        return trigger_id

    def redeem(self, trigger_id: str) -> Trigger:
        trigger = self._issued.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self.clock() - trigger.issued_at > TRIGGER_SECONDS:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger


@dataclass
class ResponseUrl:
    """Permission to answer `user` in `channel`; `message_ts` is the message that was clicked."""

    user: str
    channel: str
    issued_at: float
    message_ts: str | None = None
    uses: int = 0


@dataclass
class ResponseUrls:
    """Hands out the secret last part of response URLs."""

    clock: Clock
    _issued: dict[str, ResponseUrl] = field(default_factory=dict)

    def issue(self, user: str, channel: str, message_ts: str | None = None) -> str:
        token = secrets.token_hex(16)
        self._issued[token] = ResponseUrl(user, channel, self.clock(), message_ts)
        return token

    def use(self, token: str) -> ResponseUrl:
        url = self._issued.get(token)
        if url is None or self.clock() - url.issued_at > RESPONSE_URL_SECONDS:
            raise SlackError("expired_url")
        if url.uses >= RESPONSE_URL_USES:
            raise SlackError("used_url")
        url.uses += 1
        return url
