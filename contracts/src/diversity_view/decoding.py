"""Batches of pictures through a network, the refusals kept in their places."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from PIL import Image

from diversity_contracts.pictures import Decode, decode
from diversity_contracts.problems import NotAPicture, ProblemError, TooLarge
from diversity_contracts.reductions import Reduction
from diversity_view.timing import Observe, timed

# Encoded at once. Past 32 a CPU gains nothing more, and the inputs of one batch stay under 40 MB at 299 px.
BATCH = 32
Input = TypeVar("Input")
Answer = TypeVar("Answer")


def answered(
    pictures: Sequence[bytes],
    prepare: Callable[[Image.Image], Input],
    encode: Callable[[Sequence[Input]], Sequence[Answer | ProblemError]],
    *,
    max_pixels: int,
    observe: Observe,
    reduction: Reduction | None = None,
    decode: Decode = decode,
    at_once: int = 1,
) -> list[Answer | ProblemError]:
    """For each picture the network's answer, or why it has none.

    Args:
        prepare: a decoded picture to the network's input; small, whatever the picture's size.
        reduction: what makes a picture small before `prepare` is given it, so that no more is decoded than
            that needs; None: the picture as it is.
        encode: up to `BATCH` inputs to their answers; not called without any.
        decode: where pictures are decoded; anything but NotAPicture and TooLarge that it raises, say that no
            process could be started, is no word on a picture and ends the call.
        at_once: how many pictures of several are decoded side by side, the next batch's while one is encoded.
    """

    def prepared(data: bytes) -> Input | ProblemError:
        try:
            return prepare(decode(data, max_pixels=max_pixels, reduction=reduction).image)
        except (NotAPicture, TooLarge) as problem:
            return problem

    found: list[Answer | ProblemError] = []
    with _side_by_side(min(at_once, len(pictures))) as each:
        coming = each(prepared, pictures[:BATCH])
        for end in range(BATCH, len(pictures) + BATCH, BATCH):
            with timed(observe, "decode"):
                inputs = list(coming)
            coming = each(prepared, pictures[end : end + BATCH])
            usable = [item for item in inputs if not isinstance(item, ProblemError)]
            answers: Iterator[Answer | ProblemError] = iter(encode(usable) if usable else ())
            found += [item if isinstance(item, ProblemError) else next(answers) for item in inputs]
    return found


@contextmanager
def _side_by_side(count: int) -> Iterator[Callable[..., Iterator[Any]]]:
    """`map` over `count` threads, which begin at once and are as nice as this one; in this one if one is
    enough."""
    if count <= 1:
        yield map
        return
    threads = ThreadPoolExecutor(count, "decoding")
    try:
        yield threads.map
    finally:
        threads.shutdown(cancel_futures=True)
