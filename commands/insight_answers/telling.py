"""What every insight says, wherever it is shown."""

from typing import Protocol

from commands.insight_tables import Table

SPOKEN = 8
"""So many rows of a picture are described in words."""


class Told(Protocol):
    """A heading, tables, and how old and how sure it is."""

    @property
    def heading(self) -> str: ...

    @property
    def tables(self) -> list[Table]: ...

    @property
    def notes(self) -> list[str]: ...


def told(answer: Told) -> str:
    """Say it on a terminal."""
    lines = [answer.heading]
    for title, rows in answer.tables:
        lines += ["", title, *rows] if title else ["", *rows]
    return "\n".join([*lines, "", *answer.notes])
