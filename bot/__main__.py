"""`python -m bot` and the console script `regulars`."""

import gc
import sys

# What is imported stays: looking for garbage in it takes a sixth of a start, and a pause of a tenth
# of a second now and then for as long as the bot runs.
gc.disable()

from bot.cli import main  # noqa: E402 - after the collector is off

gc.freeze()
gc.enable()

if __name__ == "__main__":
    sys.exit(main())
