"""Help and the self-check, as Slack shows them."""

from commands.help import Help
from commands.regulars import Status
from listeners.views.parts import Block, View, section
from listeners.views.parts import escape as safe
from services.setup_checks import Check


def help_card(answer: Help) -> View:
    """Draw the introduction and what there is to type."""
    text = answer.introduction
    blocks = [section(f"*{safe(text)}*" if answer.topics else safe(text, 600))]
    lines = [f"`{safe(topic.example)}` {safe(topic.does)}" for topic in answer.topics]
    if lines:
        blocks.append(section("\n".join(lines)))
    return text, blocks


def status_card(answer: Status) -> View:
    """Draw the self-check, what is to be done first."""
    open_points = sum(not check.is_ok for check in answer.checks)
    text = headline(open_points)
    return text, [section(f"*{text}*"), *check_blocks(answer.checks)]


def headline(open_points: int) -> str:
    """Say how the set-up stands."""
    if not open_points:
        return "Everything is set up and answering."
    return f"{open_points} point{'' if open_points == 1 else 's'} of the set-up need attention."


def check_blocks(checks: tuple[Check, ...]) -> list[Block]:
    """Draw each check in its own line, what is to be done first."""
    ordered = sorted(checks, key=lambda check: check.is_ok)
    return [section(safe(check.line, 1_500)) for check in ordered]
