"""Becomes `python -m MODULE`, ended by the kernel when the process that started it is gone.

Run by path as `tied_child.py PARENT_PID MODULE`: not even `kill -9` of the demo leaves a service behind.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h; survives exec


def main(parent: int, module: str) -> None:
    """Replace this process by `module`; end at once if `parent` is gone already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # killed before the line above
            sys.exit(1)
    os.execv(sys.executable, [sys.executable, "-m", module])


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
