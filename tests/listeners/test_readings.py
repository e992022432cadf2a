import pytest

from listeners.readings import file_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "etc_passwd"),
        ("a\r\nContent-Type: text/html", "aContent-Type: text_html"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("  photo 1.png ", "photo 1.png"),
        ("", "file"),
        ("\u200b\u2060", "file"),
        ("...", "file"),
    ],
)
def test_name_of_a_file_shows_what_it_is_and_nothing_else(name: str, shown: str) -> None:
    assert file_name(name) == shown


def test_long_name_keeps_its_ending_and_whole_characters() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    shown = file_name(family * 100 + ".jpeg")
    assert len(shown) <= 150
    assert shown.endswith(f"{family}….jpeg")
    assert len(file_name("x" * 400)) <= 150
