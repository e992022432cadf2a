"""Slack's markup as text and as HTML that is safe whatever somebody typed."""

from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from listeners.markup import Names, escape_mrkdwn, mentioned, to_html, to_text

NAMES = Names(
    people={"U0OLIVIA": "Olivia <Support>", "U0EVE": "\ue0000\ue001"},
    channels={"C0SUPPORT": "support"},
)
ALLOWED = {"b", "i", "s", "code", "pre", "blockquote", "a", "br"}

GOLDEN = [
    # styles
    ("plain", "plain", "plain"),
    ("*bold*", "*bold*", "<b>bold</b>"),
    ("_italic_", "_italic_", "<i>italic</i>"),
    ("~struck~", "~struck~", "<s>struck</s>"),
    ("*bold _both_*", "*bold _both_*", "<b>bold <i>both</i></b>"),
    ("_~*all*~_", "_~*all*~_", "<i><s><b>all</b></s></i>"),
    ("*a _b* c_", "*a _b* c_", "<b>a _b</b> c_"),
    ("snake_case_name", "snake_case_name", "snake_case_name"),
    ("2*3*4", "2*3*4", "2*3*4"),
    ("* not bold *", "* not bold *", "* not bold *"),
    ("*never closed", "*never closed", "*never closed"),
    ("*over\ntwo lines*", "*over\ntwo lines*", "*over<br>two lines*"),
    # code
    ("`*raw*`", "`*raw*`", "<code>*raw*</code>"),
    ("```a\n*b* _c_```", "```a\n*b* _c_```", "<pre>a\n*b* _c_</pre>"),
    ("```\nx &lt; y\n```", "```\nx < y\n```", "<pre>x &lt; y</pre>"),
    ("```never closed", "```never closed", "```never closed"),
    ("*`code`*", "*`code`*", "<b><code>code</code></b>"),
    ("`<@U0OLIVIA>`", "`@Olivia <Support>`", "<code>@Olivia &lt;Support&gt;</code>"),
    # quotes and lines
    ("&gt; quoted\nnot", "> quoted\nnot", "<blockquote>quoted</blockquote>not"),
    ("a\n\nb", "a\n\nb", "a<br><br>b"),
    # what people type arrives escaped and stays text
    ("&lt;b&gt;", "<b>", "&lt;b&gt;"),
    ("&lt;!here&gt;", "<!here>", "&lt;!here&gt;"),
    ("&amp;lt;", "&lt;", "&amp;lt;"),
    ("&amp;copy; &copy;", "&copy; &copy;", "&amp;copy; &amp;copy;"),
    ('"quoted" it\'s', '"quoted" it\'s', "&quot;quoted&quot; it&#x27;s"),
    ("`&#xE000;0&#xE001;`", "`&#xE000;0&#xE001;`", "<code>&amp;#xE000;0&amp;#xE001;</code>"),
    # mentions
    ("<@U0OLIVIA>", "@Olivia <Support>", "@Olivia &lt;Support&gt;"),
    ("<@U0NEW|new>", "@new", "@new"),
    ("<@U0NEW>", "@somebody", "@somebody"),
    ("<@U0EVE>", "@0", "@0"),
    ("<#C0SUPPORT>", "#support", "#support"),
    ("<#C0OTHER|orders>", "#orders", "#orders"),
    ("<#C0OTHER>", "#a channel", "#a channel"),
    ("<!channel> <!here> <!everyone>", "@channel @here @everyone", "@channel @here @everyone"),
    ("<!here|@here>", "@here", "@here"),
    ("<!subteam^S0|@agents>", "@agents", "@agents"),
    ("<!subteam^S0>", "@a group", "@a group"),
    ("<!date^1^{date}|1 Jan>", "1 Jan", "1 Jan"),
    # links: the address is always visible
    (
        "<https://shop.test/?a=1&amp;b=2>",
        "https://shop.test/?a=1&b=2",
        '<a href="https://shop.test/?a=1&amp;b=2">https://shop.test/?a=1&amp;b=2</a>',
    ),
    (
        "<https://evil.test|https://bank.test>",
        "https://bank.test (https://evil.test)",
        '<a href="https://evil.test">https://bank.test (https://evil.test)</a>',
    ),
    (
        "<mailto:anna@acme.test|anna@acme.test>",
        "anna@acme.test",
        '<a href="mailto:anna@acme.test">anna@acme.test</a>',
    ),
    ("<tel:+441|+441>", "+441", '<a href="tel:+441">+441</a>'),
    ("<javascript:alert(1)|click>", "click (javascript:alert(1))", "click (javascript:alert(1))"),
    ("<JaVaScRiPt:alert(1)>", "JaVaScRiPt:alert(1)", "JaVaScRiPt:alert(1)"),
    (
        "<data:text/html,x|click>",
        "click (data:text/html,x)",
        "click (data:text/html,x)",
    ),
    (
        '<https://a.test/" id="x>',
        'https://a.test/" id="x',
        '<a href="https://a.test/&quot; id=&quot;x">https://a.test/&quot; id=&quot;x</a>',
    ),
    (
        "*<https://shop.test|shop>*",
        "*shop (https://shop.test)*",
        '<b><a href="https://shop.test">shop (https://shop.test)</a></b>',
    ),
    ("<https://a.test/`x`>", "https://a.test/`x`", "https://a.test/<code>x</code>"),
    ("<>", "", ""),
    ("", "", ""),
]


@pytest.mark.parametrize(("typed", "_text", "html"), GOLDEN)
def test_html_is_as_in_the_golden_table(typed: str, _text: str, html: str) -> None:
    assert to_html(typed, NAMES) == html


@pytest.mark.parametrize(("typed", "text", "_html"), GOLDEN)
def test_text_is_as_in_the_golden_table(typed: str, text: str, _html: str) -> None:
    assert to_text(typed, NAMES) == text


class Tags(HTMLParser):
    """Fails on a tag we never write, on one that crosses another, and on odd attributes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED
        if tag == "a":
            [(name, address)] = attrs
            assert name == "href"
            assert (address or "").lower().startswith(("http://", "https://", "mailto:", "tel:"))
        else:
            assert not attrs
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    handle_pi = unknown_decl = handle_comment


PIECES = [
    "*", "_", "~", "`", "```", "\n", " ", "a", "Ж", "&gt;", "&lt;", "&amp;", "&", "<", ">", "|",
    "!", "@U0OLIVIA", "@U0EVE", "#C0SUPPORT", "!channel", "https://a.test", "javascript:x",
    "mailto:", '"', "'", "\ue000", "\ue001", "0", "1", "&#xE000;", "&#60;script&#62;",
    "<script>", "</pre>", "<!--", "<b onclick=x>", "\u202e", "👩‍👩‍👧",
]  # fmt: skip
MARKUP = st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=60)


@settings(max_examples=600, deadline=None)
@given(MARKUP)
@example("*a _b* c_")
@example("`&#xE000;0&#xE001;`")
@example("<https://a.test/`*x*`|_y_>")
def test_html_of_anything_typed_is_only_our_tags_well_nested(typed: str) -> None:
    html = to_html(typed, NAMES)
    tags = Tags()
    tags.feed(html)
    tags.close()
    assert tags.open == []
    assert "\ue000" not in html


@settings(deadline=None)
@given(st.text(max_size=80))
def test_relayed_text_mentions_nobody_and_is_read_as_typed(typed: str) -> None:
    relayed = escape_mrkdwn(typed)
    assert "<" not in relayed
    assert ">" not in relayed
    assert to_text(relayed, NAMES) == typed


def test_mentioned_people_are_found_whatever_stands_beside_them() -> None:
    text = "<@U0OLIVIA> and <@W0BEN|ben>, not <#C0SUPPORT> nor @U0EVE nor &lt;@U0GUS&gt;"
    assert mentioned(text) == {"U0OLIVIA", "W0BEN"}
