"""Expected failures: one class per answer a person can get, with the sentence to show.

Slack shows `sentence` to the person who asked; HTTP answers `status` and `code` with the same
sentence. A sentence never contains a secret or another person's data.
"""

from typing import ClassVar


class ExpectedError(Exception):
    """Something a person can be told in one sentence, with what to do next."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class WrongInputError(ExpectedError):
    """The request itself cannot be understood or is out of range."""

    status = 400
    code = "wrong_input"


class NotAllowedError(ExpectedError):
    """The person may not do or see this."""

    status = 403
    code = "not_allowed"


class KeyMissingError(ExpectedError):
    """This wants an API key and none was sent."""

    status = 401
    code = "key_missing"


class KeyUnknownError(ExpectedError):
    """What was sent is no key of ours."""

    status = 401
    code = "key_unknown"


class KeyExpiredError(ExpectedError):
    """The key was good until some time ago."""

    status = 401
    code = "key_expired"


class KeyRevokedError(ExpectedError):
    """Somebody withdrew the key."""

    status = 401
    code = "key_revoked"


class KeyInAddressError(ExpectedError):
    """A key stands in the address, where logs and histories keep it."""

    status = 401
    code = "key_in_address"


class ScopeMissingError(NotAllowedError):
    """The key is good, but not for this."""

    code = "scope_missing"


class TooManyRequestsError(ExpectedError):
    """A caller asks more often than allowed."""

    status = 429
    code = "too_many_requests"

    def __init__(self, sentence: str, *, retry_after: float) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


class NotFoundError(ExpectedError):
    """Nothing matches what was asked for."""

    status = 404
    code = "not_found"


class NotEnoughHistoryError(ExpectedError):
    """There is too little data for a figure that would be true; says how much is needed."""

    status = 422
    code = "not_enough_history"

    def __init__(self, what: str, *, found: int, needed: int) -> None:
        super().__init__(f"Not enough data: {found:,} {what}, at least {needed:,} are needed.")
        self.found = found
        self.needed = needed


class UnavailableError(ExpectedError):
    """A system we depend on does not answer now; trying later may work."""

    status = 503
    code = "unavailable"


class NotStoredError(UnavailableError):
    """An act could not be written down, so whoever sent it must send it again."""

    code = "not_stored"

    def __init__(self, reason: str) -> None:
        super().__init__("That could not be stored, so nothing was done. Try again in a minute.")
        self.reason = reason


class GorgiasUnavailableError(UnavailableError):
    """Gorgias does not answer, or answers that it cannot."""

    code = "gorgias_unavailable"


class MessageGoneError(NotFoundError):
    """The Slack message was deleted, or what was found is not the message asked for."""

    code = "message_gone"


class NotInChannelError(NotAllowedError):
    """The bot cannot read this channel."""

    code = "not_in_channel"


class ChannelClosedError(NotAllowedError):
    """The bot can no longer write in this channel: it was removed, or the channel archived."""

    code = "channel_closed"


class FileUnreadableError(ExpectedError):
    """A file cannot be copied; the sentence is the reason that stands beside its link."""

    status = 422
    code = "file_unreadable"
