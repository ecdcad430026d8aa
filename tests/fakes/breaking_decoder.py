"""A decoder that crashes, hangs or tells of itself where the bytes say so: `python -m`, as the real one.

Any other bytes it decodes.
"""

import os
from pathlib import Path

from PIL import Image

from diversity_contracts import pictures
from diversity_contracts.decoding_worker import main
from diversity_contracts.pictures import Picture
from diversity_contracts.reductions import Reduction

PROGRAM = "tests.fakes.breaking_decoder"
ABORT, HANG, LIE, ABOUT = b"abort", b"hang", b"lie", b"about"
ONCE = b"once "  # then the path of a file that is made as it crashes, a zero, and a picture


def decode(
    data: bytes, *, max_pixels: int = pictures.MAX_PIXELS, reduction: Reduction | None = None
) -> Picture:
    """See above; `ABOUT` has the process's id as its width, and as its height its niceness and 20."""
    if data == ABORT:
        os.abort()
    while data == HANG:
        pass
    if data == LIE:
        return Picture(Image.new("RGB", (1, 1)), "text/html", 1, 1)
    if data == ABOUT:
        niceness = os.getpriority(os.PRIO_PROCESS, 0)
        return Picture(Image.new("RGB", (1, 1)), "image/png", os.getpid(), niceness + 20)
    if data.startswith(ONCE):
        path, _, data = data[len(ONCE) :].partition(b"\0")
        if not Path(os.fsdecode(path)).exists():
            Path(os.fsdecode(path)).touch()
            os.abort()
    return pictures.decode(data, max_pixels=max_pixels, reduction=reduction)


if __name__ == "__main__":
    main(decode)
