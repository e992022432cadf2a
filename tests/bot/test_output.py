"""What is printed for whoever reads."""

import subprocess
import sys

PRINTING = """
from bot.output import to_reader
with to_reader():
    for line in range(100_000):
        print(line)
"""


def test_reader_who_leaves_early_causes_no_complaint() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PRINTING], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as printing:
        assert printing.stdout
        assert printing.stderr
        assert printing.stdout.readline() == b"0\n"
        printing.stdout.close()
        assert printing.stderr.read() == b""
    assert printing.returncode == 0
