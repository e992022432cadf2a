"""What is printed for whoever reads, who may leave before the end."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def to_reader() -> Iterator[None]:
    """Stop printing when whoever read, such as `head`, has enough."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
