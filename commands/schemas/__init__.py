"""The JSON that answers are told in: mypy holds `--json` and the API to the same types."""
