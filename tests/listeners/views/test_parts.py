from datetime import UTC, datetime

from listeners.views.parts import date_token, escape, section, truncate

FAMILY = "👨‍👩‍👧‍👦"


def test_text_is_cut_between_graphemes() -> None:
    assert truncate("short", 5) == "short"
    assert truncate("longer", 5) == "long…"
    assert truncate(FAMILY * 3, 12) == f"{FAMILY}…"
    assert truncate("e\u0301" * 4, 4) == "e\u0301…"


def test_relayed_text_can_neither_ping_nor_link() -> None:
    assert escape("<!channel> <https://evil.example|bank>") == (
        "&lt;!channel&gt; &lt;https://evil.example|bank&gt;"
    )


def test_section_never_exceeds_what_slack_takes() -> None:
    assert len(section("x" * 40_000)["text"]["text"]) == 3_000


def test_date_shows_in_the_readers_own_zone() -> None:
    at = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    assert date_token(at) == "<!date^1795348800^{date_short_pretty}|22 Nov 2026 12:00 UTC>"
