"""Memory that was let go of, given back to the system."""

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def give_back() -> None:
    """Collect what only cycles hold, then return free pages.

    A network's cycles would wait for a full collection, which may be hours off; and glibc keeps what many
    threads freed, so that a process that replaced its networks stays as large as it ever was.
    """
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc only
        if trim is not None:
            trim(0)


@contextmanager
def undisturbed() -> Iterator[None]:
    """No collection of garbage while much is made that stays: each would look at all of it for nothing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def settle() -> None:
    """What stands now lives as long as the process: later collections need not look at it.

    With a framework imported that is most of all objects; a collection would stop every thread for 0.2 s.
    """
    gc.collect()
    gc.freeze()
