"""Writes `docs/configuration.md` from `Settings`; `--check` only says whether it is current.

python -m bot.settings_page [--check]
"""

import sys
from pathlib import Path

from pydantic import SecretStr

from bot.settings import ACCOUNTS, Settings

PAGE = Path(__file__).parent.parent / "docs" / "configuration.md"

HEAD = """\
# Configuration

Options come from the environment or from a file `.env` in the working directory; the environment
wins, and an empty value counts as not set. A missing or malformed value stops the start with one
sentence that names the variable (exit code 2).

This page is written by `make docs` from `bot/settings.py`.

| Variable | Default | What it is |
|---|---|---|
"""


def default(name: str) -> str:
    """Return the default as somebody would write it in `.env`."""
    if name in ACCOUNTS:
        return "**required**"
    value = Settings.model_fields[name].default
    if isinstance(value, SecretStr) or value in ("", ()):
        return ""
    if isinstance(value, tuple):
        value = ",".join(value)
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def page() -> str:
    rows = (
        f"| `{name.upper()}` | {default(name)} | {field.description} |\n"
        for name, field in Settings.model_fields.items()
    )
    return HEAD + "".join(rows)


def main(arguments: list[str]) -> int:
    if "--check" not in arguments:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page():
        return 0
    sys.stderr.write("docs/configuration.md is not current: run `make docs`.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
