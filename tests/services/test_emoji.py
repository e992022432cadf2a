"""What people may type where an emoji's name is wanted."""

import pytest

from services.emoji import Emoji, emoji_names
from services.errors import WrongInputError


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("ticket", ("ticket",)),
        (":sos:, :Eyes:  ticket", ("sos", "eyes", "ticket")),
        ("+1::skin-tone-3 :+1:", ("+1",)),
        ("e-mail_2", ("e-mail_2",)),
        ("  ", ()),
    ],
)
def test_names_are_read_as_people_type_them(typed: str, names: tuple[str, ...]) -> None:
    assert emoji_names(typed) == names


@pytest.mark.parametrize(
    "typed",
    ["🎫", "<!channel>", "a/b", "täg", ":", "x" * 101, " ".join(f"e{n}" for n in range(11))],
)
def test_anything_else_is_refused_in_one_sentence(typed: str) -> None:
    with pytest.raises(WrongInputError, match=r"^\S.*\.$"):
        emoji_names(typed)


def test_emoji_with_two_meanings_is_named() -> None:
    assert Emoji(("a", "b"), ("c",), ("b",)).clash() == "b"
    assert Emoji(("a", "b"), ("c",), ("d",)).clash() is None
