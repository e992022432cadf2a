import pytest

import commands
from commands.grammar import clean, limited
from services.errors import WrongInputError

ALL = ", ".join(f"/{name}" for name in commands.PARSERS)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("  anna@example.com ", "anna@example.com"),
        ("<mailto:anna@example.com|anna@example.com>", "anna@example.com"),
        ("<tel:+442079460000|020 7946 0000>", "+442079460000"),
        ("anna\u200b\u2060@example.com\ufeff", "anna@example.com"),
        ("Anna\u00a0Smith", "Anna Smith"),
        ("Anna\n\tSmith", "Anna Smith"),
        ("\u201cAnna\u201d O\u2019Brien", '"Anna" O\'Brien'),
        ("a \u2014all \u20131", "a --all -1"),
        ("R&amp;D &lt;x&gt;", "R&D <x>"),
        ("<@U123|anna> in <#C1|general>", "@U123 in #C1"),
        ("<https://shop.example/a?b&amp;c|shop>", "https://shop.example/a?b&c"),
        ("\u200b \u202e", ""),
    ],
)
def test_typed_text_becomes_what_was_meant(typed: str, meant: str) -> None:
    assert clean(typed) == meant


def test_text_beyond_the_limit_says_by_how_much() -> None:
    assert len(limited("x" * 3_000)) == 3_000
    with pytest.raises(WrongInputError, match=r"too long \(3,001; limit 3,000\)"):
        commands.parse("/customer " + "x" * 3_001)
    with pytest.raises(WrongInputError, match=r"too long \(40,000; limit 3,000\)"):
        commands.parse("/customer " + "x" * 40_000)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("/custmer anna", "There is no command /custmer. Did you mean /customer?"),
        ("/zzz", f"There is no command /zzz. Known: {ALL}."),
        ("", f"Nothing was asked. Known: {ALL}."),
    ],
)
def test_unknown_command_gets_the_nearest(typed: str, sentence: str) -> None:
    with pytest.raises(WrongInputError) as refused:
        commands.parse(typed)
    assert refused.value.sentence == sentence


def test_slash_and_case_do_not_matter() -> None:
    assert commands.parse("/customer Anna") == commands.parse("Customer   Anna")
