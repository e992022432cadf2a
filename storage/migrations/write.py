"""Writes a migration from what `storage.models` says beyond the history; see `make migration`.

python -m storage.migrations.write               # rewrites the only migration there is
python -m storage.migrations.write "add scores"  # appends one
"""

import sys
from pathlib import Path

from alembic import command
from sqlalchemy import create_engine

from storage.migrate import alembic_config

VERSIONS = Path(__file__).parent / "versions"
FIRST = "first tables"
FORMATTING = {
    "hooks": "ruff",
    "ruff.type": "module",
    "ruff.module": "ruff",
    "ruff.options": "format --quiet REVISION_SCRIPT_FILENAME",
}


def write(message: str) -> Path:
    """Compare an empty database brought to the newest revision with the models."""
    number = f"{len(list(VERSIONS.glob('*.py'))) + 1:04d}"
    with create_engine("sqlite://").begin() as connection:
        config = alembic_config(connection)
        for name, value in FORMATTING.items():
            config.set_section_option("post_write_hooks", name, value)
        command.upgrade(config, "head")
        command.revision(config, message, autogenerate=True, rev_id=number)
    return next(VERSIONS.glob(f"{number}_*.py"))


def main(arguments: list[str]) -> int:
    if not arguments:
        written = list(VERSIONS.glob("*.py"))
        if len(written) > 1:
            sys.stderr.write("There is more than one migration: say what the next one does.\n")
            return 2
        for path in written:
            path.unlink()
    sys.stdout.write(f"{write(' '.join(arguments) or FIRST)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
