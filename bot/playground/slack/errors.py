"""How Slack says no."""

from typing import Any


class SlackError(Exception):
    """A Web API error: its code and whatever else Slack puts beside `ok: false`."""

    def __init__(self, code: str, **extra: Any) -> None:  # noqa: ANN401 - any JSON value
        super().__init__(code)
        self.code = code
        self.extra = extra

    @classmethod
    def with_messages(cls, code: str, messages: list[str]) -> "SlackError":
        """Make an error that explains itself, as argument and block errors do."""
        shown = [f"[ERROR] {message}" for message in messages]
        return cls(code, errors=messages, response_metadata={"messages": shown})


class RateLimited(Exception):  # noqa: N818 - Slack's own word
    """Too many calls; try again after so many whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many calls; try again in {retry_after} s.")
        self.retry_after = retry_after


class NotPossible(Exception):  # noqa: N818 - it is told to a person, not debugged
    """A person in the playground asked for something Slack would not let them do; says why."""
