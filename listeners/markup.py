"""Slack's message markup into plain text and safe HTML, with names instead of ids.

Slack escapes only `&`, `<` and `>`; everything between `<` and `>` is Slack's own. What people
typed is escaped again for HTML, so nothing they wrote can become a tag.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from html import escape

_TOKEN = re.compile(r"<([^<>]*)>")
_FENCE = re.compile(r"```\n?(.*?)\n?```", re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_STYLES = (
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])"), "b"),
    (re.compile(r"(?<![\w_])_(?=\S)([^_\n]+?)(?<=\S)_(?![\w_])"), "i"),
    (re.compile(r"(?<![\w~])~(?=\S)([^~\n]+?)(?<=\S)~(?![\w~])"), "s"),
)
_SAFE_SCHEMES = ("http://", "https://", "mailto:", "tel:")
_TAG = re.compile(r"<(/?)(\w+)>")
# Private characters stand for finished HTML; they are removed from whatever comes in.
_HOLD, _RELEASE = "\ue000", "\ue001"


@dataclass(frozen=True, slots=True)
class Names:
    """Names of the people, channels and groups that a text mentions, by id."""

    people: Mapping[str, str]
    channels: Mapping[str, str]


def mentioned(text: str) -> set[str]:
    """Find the ids of the people a text mentions."""
    return set(re.findall(r"<@([UW][A-Z0-9]+)", text))


def to_text(text: str, names: Names) -> str:
    """Render as plain text; links keep their address visible."""
    return _unescape(_TOKEN.sub(lambda found: _token_text(found[1], names), text))


def to_html(text: str, names: Names) -> str:
    """Render as HTML made of b, i, s, code, pre, blockquote, a and br only."""
    held: list[str] = []

    def hold(html: str) -> str:
        """Keep finished HTML out of the way of what still looks for markup."""
        held.append(html)
        return f"{_HOLD}{len(held) - 1}{_RELEASE}"

    text = text.replace(_HOLD, "").replace(_RELEASE, "")
    text = _FENCE.sub(lambda found: hold(f"<pre>{_typed(found[1], names)}</pre>"), text)
    text = _CODE.sub(lambda found: hold(f"<code>{_typed(found[1], names)}</code>"), text)
    text = _TOKEN.sub(lambda found: hold(_token_html(found[1], names)), text)
    text = "\n".join(_line(line) for line in text.split("\n"))
    for pattern, tag in _STYLES:
        text = pattern.sub(partial(_styled, tag), text)
    text = text.replace("</blockquote>\n", "</blockquote>").replace("\n", "<br>")
    for number in reversed(range(len(held))):  # what was held later may hold earlier ones
        text = text.replace(f"{_HOLD}{number}{_RELEASE}", held[number])
    return text


def escape_mrkdwn(text: str) -> str:
    """Make relayed text arrive as typed: it can mention nobody and disguise no link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _unescape(text: str) -> str:
    """Undo Slack's escaping, which knows three characters and no others."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _line(line: str) -> str:
    quoted = line.removeprefix("&gt;")
    if quoted != line:
        return f"<blockquote>{escape(_unescape(quoted.strip()))}</blockquote>"
    return escape(_unescape(line))


def _styled(tag: str, found: re.Match[str]) -> str:
    """Put a style around text, unless that would cross another style's border."""
    depth = 0
    for mark in _TAG.finditer(found[1]):
        depth += -1 if mark[1] else 1
        if depth < 0:
            break
    return f"<{tag}>{found[1]}</{tag}>" if depth == 0 else found[0]


def _typed(text: str, names: Names) -> str:
    return escape(to_text(text, names))


def _token_text(token: str, names: Names) -> str:
    target, _, label = token.partition("|")
    if target.startswith("@"):
        name = names.people.get(target[1:], label or "somebody")
        return "@" + name.replace(_HOLD, "").replace(_RELEASE, "")
    if target.startswith("#"):
        return "#" + (label or names.channels.get(target[1:], "a channel"))
    if target.startswith("!"):
        return _special(target[1:], label)
    address = target.removeprefix("mailto:").removeprefix("tel:")
    return address if not label or label == address else f"{label} ({address})"


def _token_html(token: str, names: Names) -> str:
    target, _, _ = token.partition("|")
    text = escape(_unescape(_token_text(token, names)))
    if target.lower().startswith(_SAFE_SCHEMES) and _HOLD not in target:
        return f'<a href="{escape(_unescape(target))}">{text}</a>'
    return text


def _special(target: str, label: str) -> str:
    kind = target.partition("^")[0]
    if kind in {"here", "channel", "everyone"}:
        return f"@{kind}"
    if kind == "subteam":
        return label or "@a group"
    return label or kind
