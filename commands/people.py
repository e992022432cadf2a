"""Who is asking."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """The person behind a request, whichever door it came through."""

    user_id: str
    name: str
    is_admin: bool
    is_agent: bool
    """Full members are agents unless a user group restricts that; guests and people of other
    organisations never are."""


TERMINAL = Caller(user_id="terminal", name="terminal", is_admin=True, is_agent=True)
