"""The process: builds the parts and runs them."""

import os

# Read once, when numpy is first loaded, here and in the processes that start from here. Our
# matrices are small and the pool takes every core: with threads of its own a forecast was measured
# to take five times the processor time, and twelve times as long on a busy machine.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
