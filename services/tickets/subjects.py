"""A subject a person would write: the first line, whole words, at most eighty characters."""

from itertools import accumulate

import regex

from services.ports import Thread

LONGEST = 80
MOST_CODE_POINTS = 240
"""What a reader sees as one character may be a dozen, or a hundred; columns count them all."""
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
    plain = " ".join(text.split())
    clusters: list[str] = regex.findall(r"\X", plain[: MOST_CODE_POINTS + longest])
    sizes = accumulate(map(len, clusters))
    fitting = sum(size < MOST_CODE_POINTS for size in sizes)
    if len(clusters) <= longest and fitting == len(clusters):
        return plain
    cut = "".join(clusters[: min(fitting, longest - 1)]) or clusters[0][: MOST_CODE_POINTS - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > longest // 2 else cut).rstrip(" ,;:.-") + "…"
