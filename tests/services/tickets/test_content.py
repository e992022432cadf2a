"""The ticket's note: the whole thread, nobody's markup but ours, sent to nobody."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from services.tickets.content import (
    LONGEST_BODY,
    Draft,
    LinkedFile,
    body_html,
    body_text,
    note_body,
    ticket_body,
)
from tests.services.tickets.threads import CHANNEL, ROOT, file, message, thread

DRAFT = Draft(
    external_id=f"slack:T0:{CHANNEL}:{ROOT}",
    thread=thread("Mug broken", "Which order?"),
    reporter="Olivia",
    permalink="https://slack.test/p1",
    attachments=[],
    linked_files=[],
    tags=["slack", "vip"],
    sender={"id": 7},
    customer=None,
    subject="Mug broken",
)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        assert [name for name, _ in attrs] in ([], ["href"])


def tags(html: str) -> set[str]:
    parser = Tags()
    parser.feed(html)
    return set(parser.seen)


def test_whole_thread_stands_in_order_with_author_and_time() -> None:
    text = body_text(DRAFT)
    assert text.index("Mug broken") < text.index("Which order?")
    assert "Ben <Ops> · 2023-11-14 22:13 UTC" in text
    assert "Reported from Slack by Olivia in #support" in text
    assert "https://slack.test/p1" in text


@pytest.mark.parametrize("word", ["<script>alert(1)</script>", '"><img src=x onerror=x>', "</p>"])
def test_whatever_is_written_anywhere_never_becomes_a_tag(word: str) -> None:
    named = replace(file(word), permalink=f"https://slack.test/{word}")
    root = replace(message(word, files=(named,)), author=word)
    draft = replace(
        DRAFT,
        thread=replace(thread(root), channel_name=word),
        reporter=word,
        permalink=word,
        linked_files=[LinkedFile(named, word)],
    )
    assert tags(body_html(draft)) <= {"p", "i", "b", "a", "br"}


def test_card_of_ours_is_not_copied() -> None:
    draft = replace(DRAFT, thread=thread("Mug", message("Ticket 7", 1, is_card=True)))
    assert "Ticket 7" not in body_html(draft) + body_text(draft)


def test_file_that_could_not_be_copied_is_linked_with_the_reason() -> None:
    draft = replace(DRAFT, linked_files=[LinkedFile(file(), "larger than 20 MB")])
    assert "larger than 20 MB" in body_text(draft)
    assert 'href="https://slack.test/mug.png"' in body_html(draft)


def test_replies_left_out_are_counted() -> None:
    draft = replace(DRAFT, thread=thread("Mug", left_out=200))
    assert "200 more replies" in body_html(draft)


def test_forty_thousand_characters_are_copied_whole() -> None:
    draft = replace(DRAFT, thread=thread("x" * 40_000))
    assert "x" * 40_000 in body_html(draft)
    assert "x" * 40_000 in body_text(draft)


@pytest.mark.parametrize("piece", ["x", "<", '"', "&"])
def test_body_that_is_too_long_keeps_whole_messages_and_says_so(piece: str) -> None:
    draft = replace(DRAFT, thread=thread("Mug broken", *[piece * 40_000] * 8))
    html = body_html(draft)
    assert len(html) <= LONGEST_BODY + 200
    assert html.endswith("Shortened; the rest stands in Slack.</i></p>")
    assert "Mug broken" in html
    assert html.count("<p>") == html.count("</p>")
    assert body_text(draft).endswith("(shortened)")


def test_first_message_is_kept_even_if_it_alone_is_too_long() -> None:
    html = body_html(replace(DRAFT, thread=thread('"' * 40_000)))
    assert html.count("&quot;") > 10_000
    assert html.count("<p>") == html.count("</p>")


def test_ticket_is_an_internal_note_that_nobody_receives() -> None:
    ticket = ticket_body(DRAFT)
    [note] = ticket["messages"]
    assert (note["channel"], note["public"], note["from_agent"]) == ("internal-note", False, True)
    assert ticket["external_id"] == DRAFT.external_id
    assert note["external_id"] == f"{DRAFT.external_id}:first"
    assert ticket["tags"] == [{"name": "slack"}, {"name": "vip"}]
    assert "customer" not in ticket
    assert "receiver" not in note


def test_known_customer_is_named_by_id() -> None:
    assert ticket_body(replace(DRAFT, customer={"id": 5}))["customer"] == {"id": 5}


def test_uploads_are_attached() -> None:
    [note] = ticket_body(replace(DRAFT, attachments=[{"name": "mug.png"}]))["messages"]
    assert note["attachments"] == [{"name": "mug.png"}]


def test_later_note_is_as_private_as_the_first() -> None:
    note = note_body("slack:x:1", {"id": 7}, "<p>x</p>", "x")
    assert (note["channel"], note["public"]) == ("internal-note", False)
