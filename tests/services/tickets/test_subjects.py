"""Subjects: what a person would write, in any script, within every limit."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from services.tickets.content import clean_subject
from services.tickets.subjects import LONGEST, MOST_CODE_POINTS, shorten, subject_of
from tests.services.tickets.threads import file, message, thread

FAMILY = "👩‍👩‍👧‍👦"
ZALGO = "M" + "̷̸̡̛" * 60


def clusters(text: str) -> list[str]:
    return list(regex.findall(r"\X", text))


def test_first_line_is_the_subject() -> None:
    assert subject_of(thread("  Mug arrived broken \nOrder 1042")) == "Mug arrived broken"


def test_empty_lines_before_it_do_not_count() -> None:
    assert subject_of(thread("\n \n\tMug broken")) == "Mug broken"


def test_long_line_is_cut_at_a_word() -> None:
    subject = subject_of(thread("word " * 40))
    assert subject == "word " * 14 + "word…" or subject.endswith("word…")
    assert len(subject) <= LONGEST


def test_one_endless_word_is_cut_all_the_same() -> None:
    assert subject_of(thread("x" * 40_000)) == "x" * (LONGEST - 1) + "…"


def test_text_from_right_to_left_keeps_its_order() -> None:
    text = "הכוס הגיעה שבורה والكوب مكسور"
    assert subject_of(thread(text)) == text


def test_family_emoji_is_never_cut_in_the_middle() -> None:
    subject = subject_of(thread("Gift for " + FAMILY * 60))
    assert set(clusters(subject)) <= {*"Gift for ", FAMILY, "…"}


@pytest.mark.parametrize("text", [FAMILY * 200 + "a", ZALGO * 20, ZALGO[0] + ZALGO[1:] * 20])
def test_subject_fits_its_column_whatever_a_character_is_made_of(text: str) -> None:
    subject = subject_of(thread(text))
    assert 0 < len(subject) <= MOST_CODE_POINTS
    assert len(clusters(subject)) <= LONGEST


@given(st.text(max_size=400), st.integers(min_value=2, max_value=LONGEST))
def test_shortened_text_is_a_beginning_of_the_text(text: str, longest: int) -> None:
    plain = " ".join(text.split())
    short = shorten(text, longest)
    assert len(short) <= MOST_CODE_POINTS
    assert short == plain or plain.startswith(short.removesuffix("…"))
    assert bool(short) == bool(plain)


@pytest.mark.parametrize("text", ["🎫 🔥", ":ticket: :fire:", "…!?", "👍🏽"])
def test_emoji_alone_say_nothing_so_a_reply_does(text: str) -> None:
    assert subject_of(thread(text, "Mug is broken")) == "Mug is broken"


def test_emoji_alone_without_replies_name_the_author_and_channel() -> None:
    assert subject_of(thread("🔥")) == "Message from Ben <Ops> in #support"


def test_files_alone_are_named() -> None:
    files = (file("a.png"), file("b.pdf"), file("c.txt"), file("d.txt"))
    assert subject_of(thread(message("", files=files))) == (
        "Files from Ben <Ops>: a.png, b.pdf, c.txt"
    )


def test_nothing_at_all_still_makes_a_subject() -> None:
    assert subject_of(thread("")) == "Message from Ben <Ops> in #support"
    assert clean_subject(" \n ") == "Message from Slack"
