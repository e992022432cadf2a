"""Counted things in words."""


def plural(count: int, what: str) -> str:
    """`1 day`, `1,234 days`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"
