"""What is seen of an insight: a heading, tables as text, and how old and how sure it is."""

from commands.insight_answers import InsightAnswer
from listeners.views.parts import Block, View, context, escape, section

LONGEST_TABLE = 2_800
"""Characters; a section holds 3,000."""
MOST_TABLES = 8
NOTE = 600


def insight_card(answer: InsightAnswer) -> View:
    """Draw the figures; a picture is a file of its own."""
    blocks = [section(f"*{escape(answer.heading)}*")]
    for title, lines in answer.tables[:MOST_TABLES]:
        blocks.append(_table(title, lines))
    blocks.append(context(*(escape(note, NOTE) for note in answer.notes)))
    return escape(answer.heading), blocks


def _table(title: str, lines: list[str]) -> Block:
    """Set lines in one width; whole lines are left out where there is no room."""
    room, kept = LONGEST_TABLE - len(title), []
    for line in lines:
        # A grave accent would end the block early.
        safe = escape(line.replace("`", "'"))
        room -= len(safe) + 1
        if room < 0:
            break
        kept.append(safe)
    figures = "```\n" + "\n".join(kept) + "\n```"
    return section(f"{escape(title)}\n{figures}" if title else figures)
