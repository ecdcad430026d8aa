"""What every test session shares: one thread per numeric library, repeatable hypothesis runs."""

import os

# Set before the first import of torch, faiss or numpy: on two cores shared with child processes, one
# thread each is faster than all of them spinning, and results do not depend on the machine's core count.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from hypothesis import settings

settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")
