"""How far any two of a few pictures are from each other by what is said of them."""

from collections.abc import Sequence

import numpy as np

from caption_service import search
from caption_service.search import Float64
from caption_service.sentences import DECIMALS
from caption_service.table import Table

ROWS = 512  # sentences: against 5,000 others in float32 10 MB


def pair_distances(table: Table, rows: Sequence[int]) -> Float64:
    """1 − the largest similarity between a caption of one and a caption of the other, (m, m).

    A thousand pictures of five captions each take about a second, fifty of one a millisecond.
    """
    if not rows:
        return np.zeros((0, 0))
    lists = [table.pairs[table.starts[row] : table.starts[row + 1]] for row in rows]
    starts = np.cumsum([0, *map(len, lists)])[:-1]
    vectors = table.sentences.chosen(np.concatenate(lists))
    everything = np.arange(vectors.shape[0])
    by_caption = np.concatenate(
        [
            np.maximum.reduceat((vectors[start : start + ROWS] @ vectors.T).toarray(), starts, axis=1)
            for start in range(0, len(everything), ROWS)
        ]
    )
    largest = search.entry_similarities(by_caption.astype(np.float64), everything, starts)
    found: Float64 = 1.0 - largest.clip(0.0, 1.0).round(DECIMALS)
    found = np.triu(np.minimum(found, found.T), 1)  # the two orders of one sum may differ in the last digit
    return found + found.T
