"""Fails when a browser test was skipped: CI has a browser, so every one must have run.

    python .ci/skipped_browser_tests.py REPORT.xml

REPORT.xml is what pytest's --junit-xml wrote. Exit 1 names the tests.
"""

import sys
from xml.etree import ElementTree as ET


def skipped(report: str) -> list[str]:
    """Return the names of browser tests that were skipped."""
    cases = ET.parse(report).iter("testcase")  # noqa: S314 - written by pytest a moment ago
    return [
        f"{case.get('classname')}::{case.get('name')}"
        for case in cases
        if case.find("skipped") is not None and is_browser(case)
    ]


def is_browser(case: ET.Element) -> bool:
    """Read the property that tests/conftest.py gives to tests marked `browser`."""
    return any(entry.get("name") == "browser" for entry in case.iterfind("properties/property"))


def main() -> int:
    names = skipped(sys.argv[1])
    for name in names:
        sys.stderr.write(f"A browser test was skipped: {name}\n")
    return 1 if names else 0


if __name__ == "__main__":
    sys.exit(main())
