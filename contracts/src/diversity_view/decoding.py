"""Batches of pictures through a network, the refusals kept in their places."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from PIL import Image

from diversity_contracts.pictures import Reduction, decode
from diversity_contracts.problems import ProblemError
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
) -> list[Answer | ProblemError]:
    """For each picture the network's answer, or why it has none.

    Args:
        prepare: a decoded picture to the network's input; small, whatever the picture's size.
        reduction: what makes a picture small before `prepare` is given it, so that no more is decoded than
            that needs; None: the picture as it is.
        encode: up to `BATCH` inputs to their answers; not called without any.
    """
    found: list[Answer | ProblemError] = []
    for start in range(0, len(pictures), BATCH):
        with timed(observe, "decode"):
            inputs = [
                _prepared(data, prepare, max_pixels=max_pixels, reduction=reduction)
                for data in pictures[start : start + BATCH]
            ]
        usable = [item for item in inputs if not isinstance(item, ProblemError)]
        answers: Iterator[Answer | ProblemError] = iter(encode(usable) if usable else ())
        found += [item if isinstance(item, ProblemError) else next(answers) for item in inputs]
    return found


def _prepared(
    data: bytes, prepare: Callable[[Image.Image], Input], *, max_pixels: int, reduction: Reduction | None
) -> Input | ProblemError:
    try:
        return prepare(decode(data, max_pixels=max_pixels, reduction=reduction).image)
    except ProblemError as problem:
        return problem
