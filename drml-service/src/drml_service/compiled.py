"""Loops that numba turns into machine code: how, and where the result is kept between two starts.

Compiling takes seconds, so it is done once for a machine. The folder's name holds a hash of every source file
of this package, because numba looks only at the file that a loop stands in, not at those it calls.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

Loop = TypeVar("Loop", bound=Callable[..., Any])
_LOOPS: list[Any] = []


def compiled(loop: Loop) -> Loop:
    """`loop` as machine code that runs without Python's lock, every operation rounded as it is written."""
    return _compiled(loop, fastmath=False)


def compiled_in_any_order(loop: Loop) -> Loop:
    """The same, but sums may be added up in any order, and products fused into them."""
    return _compiled(loop, fastmath={"reassoc", "contract"})


def inlined(loop: Loop) -> Loop:
    """A part of other loops, which is kept with them."""
    return cast(Loop, numba.njit(nogil=True)(loop))


def keep_in(fallback: Path) -> None:
    """Keep machine code beside the sources or, where those cannot be written to, below `fallback`.

    Where that is impossible too, loops are compiled anew at each start.
    """
    beside = Path(__file__).parent
    name = f"loops-{_digest(beside)}"
    for folder in (beside / "__pycache__" / name, fallback / name):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            numba.config.CACHE_DIR = str(folder)  # type: ignore[attr-defined]  # made at run time
            for loop in _LOOPS:
                loop.enable_caching()
            return


def _compiled(loop: Loop, *, fastmath: bool | set[str]) -> Loop:
    made = cast(Loop, numba.njit(nogil=True, fastmath=fastmath)(loop))
    _LOOPS.append(made)
    return made


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
