"""What every test session shares: one thread per numeric library, repeatable hypothesis runs, no TLS."""

import os
from pathlib import Path

# Set before the first import of torch, faiss or numpy: on two cores shared with child processes, one
# thread each is faster than all of them spinning, and results do not depend on the machine's core count.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# No test speaks TLS, and to read this machine's authorities costs 25 ms for every client that is made. A
# folder without certificates is read in no time.
os.environ.pop("SSL_CERT_FILE", None)
os.environ["SSL_CERT_DIR"] = str(Path(__file__).parent / "unit")

from hypothesis import settings

settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")
