"""`python -m bot` is the console script `regulars`."""

import sys

from bot.cli import main

if __name__ == "__main__":
    sys.exit(main())
