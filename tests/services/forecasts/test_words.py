"""Figures of a forecast in words."""

import pytest

from services.forecasts.words import share


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0%"), (0.0004, "under 0.1%"), (0.004, "0.4%"), (0.0149, "1%"), (0.21, "21%")],
)
def test_what_is_not_nothing_is_never_shown_as_nothing(value: float, words: str) -> None:
    assert share(value) == words
