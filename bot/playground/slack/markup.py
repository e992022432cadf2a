"""Slack's message markup: what typed text becomes, and its rich-text twin.

People type `a@b.c`, `https://…`, `@Ben Okafor`, `#support`, `& < >`; apps receive
`<mailto:a@b.c|a@b.c>`, `<https://…>`, `<@U0BEN>`, `<#C0SUPPORT|support>`, entities, and `:ticket:`
for 🎫.
"""

import re
from collections.abc import Iterator

from bot.playground.slack.emoji import is_known, named
from bot.playground.slack.model import Json, Workspace

_EMAIL = r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"
_URL = r"https?://[^\s<>]*[^\s<>.,;:!?)\]}'\"]"
_MARK = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>|:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):")


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def typed(text: str, workspace: Workspace) -> str:
    """Turn what a person typed into the text an app receives."""
    text = named(text)
    people = _names_of_people(workspace)
    channels = {each.name: each.id for each in workspace.channels.values() if not each.is_im}
    pattern = re.compile(
        f"(?P<url>{_URL})|(?P<email>{_EMAIL})"
        f"|(?<![\\w@])@(?P<person>{_any_of(people)})(?!\\w)"
        f"|(?<![\\w#])#(?P<channel>{_any_of(channels)})(?![\\w-])"
        "|(?<![\\w@])@(?P<special>channel|here|everyone)(?!\\w)",
        re.IGNORECASE,
    )
    parts: list[str] = []
    position = 0
    for match in pattern.finditer(text):
        parts += [escape(text[position : match.start()]), _mark(match, people, channels)]
        position = match.end()
    return "".join([*parts, escape(text[position:])])


def mentions(text: str, user_id: str) -> bool:
    return f"<@{user_id}>" in text or f"<@{user_id}|" in text


def rich_text(text: str) -> list[Json]:
    """Build the rich_text block that accompanies what people write."""
    if not text:
        return []
    section = {"type": "rich_text_section", "elements": list(_elements(text))}
    return [{"type": "rich_text", "block_id": "text", "elements": [section]}]


def _names_of_people(workspace: Workspace) -> dict[str, str]:
    names: dict[str, str] = {}
    for user in workspace.users.values():
        for name in (user.real_name, user.name):
            names.setdefault(name.lower(), user.id)
    return names


def _any_of(names: dict[str, str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


def _mark(match: re.Match[str], people: dict[str, str], channels: dict[str, str]) -> str:
    found = match.group()
    if match["url"]:
        return f"<{escape(found)}>"
    if match["email"]:
        return f"<mailto:{found}|{found}>"
    if match["person"]:
        return f"<@{people[match['person'].lower()]}>"
    if match["channel"]:
        name = match["channel"].lower()
        return f"<#{channels[name]}|{name}>"
    return f"<!{match['special'].lower()}>"


def _elements(text: str) -> Iterator[Json]:
    position = 0
    for match in _MARK.finditer(text):
        if match.start() > position:
            yield {"type": "text", "text": unescape(text[position : match.start()])}
        yield _element(match)
        position = match.end()
    if position < len(text):
        yield {"type": "text", "text": unescape(text[position:])}


def _element(match: re.Match[str]) -> Json:
    target, label, emoji = match.groups()
    if emoji:
        known = is_known(emoji)
        return (
            {"type": "emoji", "name": emoji} if known else {"type": "text", "text": match.group()}
        )
    if target.startswith("@"):
        return {"type": "user", "user_id": target[1:]}
    if target.startswith("#"):
        return {"type": "channel", "channel_id": target[1:]}
    if target.startswith("!"):
        return {"type": "broadcast", "range": target[1:]}
    link: Json = {"type": "link", "url": unescape(target)}
    return link | ({"text": unescape(label)} if label else {})
