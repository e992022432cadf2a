"""The one way an analysis declines: it says what it found and what it needs."""


class NotEnoughHistoryError(Exception):
    """There is too little history for a figure that would be true."""

    def __init__(self, what: str, *, found: int, needed: int) -> None:
        super().__init__(f"Not enough data: {found:,} {what}, at least {needed:,} are needed.")
        self.found = found
        self.needed = needed
