"""The reference sample of an artifact: which training captions."""

import numpy as np

from caption_job.prepared import Prepared

REFERENCES = 2_000  # mean and deviation are then known to about 2 % of a deviation
SEED = 0


def sentences(data: Prepared, count: int = REFERENCES, seed: int = SEED) -> list[str]:
    """Cleaned captions of at most `count` training pictures, one of each, drawn by `seed`; those without a
    word are passed over."""
    random = np.random.default_rng(seed)
    drawn = []
    for row in random.permutation(data.rows("train")).tolist():
        said = [cleaned for cleaned in data.pictures[row].cleaned if cleaned]
        if said:
            drawn.append(said[int(random.integers(len(said)))])
        if len(drawn) == count:
            break
    return drawn
