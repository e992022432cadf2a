"""Block Kit validation with Slack's limits and wording."""

from typing import Any

from bot.playground.slack.blocks.catalogue import BLOCKS
from bot.playground.slack.blocks.checks import Problems, typed
from bot.playground.slack.blocks.elements import IN_ACTIONS, IN_INPUT
from bot.playground.slack.errors import SlackError
from bot.playground.slack.ids import new_id
from bot.playground.slack.model import Json

MOST_IN_MESSAGE = 50
MOST_IN_VIEW = 100
_BLOCK = typed(BLOCKS)
_USABLE = {*IN_ACTIONS, *IN_INPUT}


def check_message_blocks(blocks: list[Any]) -> list[Json]:
    """Return the blocks of a message with their block_ids; raise `invalid_blocks`."""
    problems = block_problems(blocks, MOST_IN_MESSAGE)
    if problems:
        raise SlackError.with_messages("invalid_blocks", problems)
    return with_ids(blocks)


def block_problems(blocks: list[Any], most: int) -> list[str]:
    """Say what is wrong with `blocks`, each problem with a pointer to its place."""
    problems: Problems = []
    if len(blocks) > most:
        problems.append(f"no more than {most} items allowed [json-pointer:/blocks]")
    for index, block in enumerate(blocks):
        _BLOCK(block, f"/blocks/{index}", problems)
    ids = [each.get("block_id") for each in blocks if isinstance(each, dict)]
    for block_id in {each for each in ids if each and ids.count(each) > 1}:
        problems.append(f"block_id `{block_id}` already exists [json-pointer:/blocks]")
    return problems


def with_ids(blocks: list[Json]) -> list[Json]:
    """Give blocks and elements the ids that the app left out, as Slack does."""
    for block in blocks:
        block.setdefault("block_id", new_id("b"))
        for element in elements_of(block):
            element.setdefault("action_id", new_id("a"))
    return blocks


def elements_of(block: Json) -> list[Json]:
    """Return what can be clicked or typed into in `block`."""
    found = [block.get("element"), block.get("accessory"), *(block.get("elements") or [])]
    return [each for each in found if isinstance(each, dict) and each.get("type") in _USABLE]
