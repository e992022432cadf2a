"""A subject a person would write: the first line, whole words, at most eighty characters."""

import regex

from services.ports import Thread

LONGEST = 80
_EMOJI = regex.compile(r":[\w+'-]+:")


def subject_of(thread: Thread) -> str:
    """Take the first line that says something, else name the files or the author."""
    root = thread.messages[0]
    for message in thread.messages:
        line = next((line.strip() for line in message.text.splitlines() if line.strip()), "")
        if regex.search(r"[\p{L}\p{N}]", _EMOJI.sub("", line)):
            return shorten(line, LONGEST)
    if root.files:
        named = ", ".join(file.name for file in root.files[:3])
        return shorten(f"Files from {root.author}: {named}", LONGEST)
    return shorten(f"Message from {root.author} in #{thread.channel_name}", LONGEST)


def shorten(text: str, longest: int) -> str:
    """Cut at a word, never inside what a reader sees as one character."""
    clusters: list[str] = regex.findall(r"\X", " ".join(text.split()))
    if len(clusters) <= longest:
        return "".join(clusters)
    cut = "".join(clusters[: longest - 1])
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > longest // 2 else cut).rstrip(" ,;:.-") + "…"
