"""Slack's JSON read into what services speak of. Pure: no calls, nothing kept."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from listeners.views.parts import truncate
from services.ports import File, MessageReactions, Person

Json = Mapping[str, Any]

LONGEST_FILE_NAME = 150
LONGEST_ENDING = 10
_JOINER = "\u200d"
"""Keeps families of emoji together."""
_INVISIBLE = {"Cc", "Cf", "Co", "Cs"}


def read_reactions(channel: str, item: Json, read_at: float) -> MessageReactions:
    return MessageReactions(
        channel=channel,
        ts=str(item["ts"]),
        users_by_emoji={
            str(reaction["name"]).partition("::")[0]: frozenset(reaction.get("users") or ())
            for reaction in item.get("reactions") or ()
        },
        read_at=read_at,
        is_complete=all(
            int(reaction.get("count") or 0) <= len(reaction.get("users") or ())
            for reaction in item.get("reactions") or ()
        ),
    )


def read_file(item: Json) -> File:
    return File(
        id=str(item["id"]),
        name=file_name(str(item.get("name") or item.get("title") or "")),
        media_type=str(item.get("mimetype") or "application/octet-stream"),
        size=int(item.get("size") or 0),
        url=str(item.get("url_private_download") or item.get("url_private") or ""),
        permalink=str(item.get("permalink") or item.get("url_private") or ""),
    )


def file_name(name: str) -> str:
    """Clean a name for display: no path, nothing invisible or reversing, at most 150 characters.

    Files are stored under ids; the name only tells people what it is.
    """
    visible = "".join(
        character
        for character in name
        if character == _JOINER or unicodedata.category(character) not in _INVISIBLE
    ).strip(_JOINER)
    clean = re.sub(r"[\\/]+", "_", " ".join(visible.split())).lstrip("._ ")
    if len(clean) <= LONGEST_FILE_NAME:
        return clean or "file"
    stem, dot, ending = clean.rpartition(".")
    ending = f"{dot}{ending}" if stem and len(ending) <= LONGEST_ENDING else ""
    return truncate(stem if ending else clean, LONGEST_FILE_NAME - len(ending)) + ending


def person_of(user: Json, team_id: str) -> Person:
    """Read Slack's JSON of a person."""
    profile: Json = user.get("profile") or {}
    return Person(
        id=str(user["id"]),
        name=name_of(user),
        email=profile.get("email") or None,
        is_guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        is_external=bool(user.get("is_stranger")) or is_elsewhere(user, team_id),
        is_bot=bool(user.get("is_bot")),
        is_admin=bool(user.get("is_admin") or user.get("is_owner")),
    )


def name_of(user: Json) -> str:
    profile: Json = user.get("profile") or {}
    for name in (
        profile.get("display_name"),
        profile.get("real_name"),
        user.get("real_name"),
        user.get("name"),
    ):
        if name:
            return str(name)
    return "External member" if user.get("is_stranger") else "Somebody"


def is_elsewhere(user: Json, team_id: str | None) -> bool:
    return bool(team_id and user.get("team_id") and user["team_id"] != team_id)


def text_of_blocks(item: Json) -> str:
    """Take the words out of the sections of a message that has only blocks."""
    words = [
        str((block.get("text") or {}).get("text") or "")
        for block in item.get("blocks") or ()
        if isinstance(block.get("text"), dict)
    ]
    words += [
        str(part.get("text") or part.get("fallback") or "")
        for part in item.get("attachments") or ()
    ]
    return "\n".join(word for word in words if word)
