"""The correction for hubs: how unlike the query a picture's captions are, beside how unlike they usually are.

    a(q, x) = (μ(x) − s(q, x)) ÷ σ(x)      μ, σ: mean and deviation of s(r, x) over the reference sentences

From a history, s is the similarity to the member that the picture is closest to. The sentences are the
artifact's own. Kept are −μ and σ, so that a larger value is farther, as with distances.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from caption_service.decoder_state import Float32
from caption_service.search import Float64
from caption_service.sentences import DECIMALS
from caption_service.table import Table
from diversity_contracts.wire import TextNeighbor
from diversity_view.usual import Usual, statistics_of

# Pictures of one product: about 5,000 sentences, 40 MB for a moment with 2,000 references in float32.
_AT_ONCE = 1_000


def usual_similarities(
    sentences: csr_array, starts: NDArray[np.intp], reference: NDArray[np.float32]
) -> Float64:
    """−μ and σ (n, 2) of entries.

    Args:
        sentences: (k, dimension), the first entry's, then those of the second, and so on.
        starts: (n,), where each entry's begin; every entry has at least one.
        reference: (dimension, m), a column a reference sentence.
    """
    products = (sentences @ reference).astype(np.float64).clip(0.0, 1.0).round(DECIMALS)
    largest: Float64 = np.maximum.reduceat(products, starts, axis=0)
    return statistics_of(-largest)


def followed(
    table: Table,
    usual: Usual,
    upserts: Iterable[str],
    deletes: Sequence[str],
    reference: Float32,
    *,
    known: Mapping[str, tuple[float, float]] | None = None,
) -> Usual:
    """What comes after `usual` once `table` stands: `upserts` were added or replaced, `deletes` removed.

    Args:
        reference: (dimension, m).
        known: −μ and σ of those of `upserts` that were worked out before.
    """
    known = known or {}
    held = np.array(list(known.values())).reshape(-1, 2)
    following = usual.changed(list(known), held, deletes)
    names = [name for name in upserts if name not in known and table.row(name) is not None]
    rows = np.array([table.row(name) for name in names], dtype=np.intp)
    # Whoever says the same is as usual: a generated sentence is often many pictures'.
    places = dict[bytes, int]()
    lists = [table.pairs[table.starts[row] : table.starts[row + 1]] for row in rows.tolist()]
    groups = np.array([places.setdefault(listed.tobytes(), len(places)) for listed in lists], dtype=np.intp)
    distinct = [np.frombuffer(packed, dtype=table.pairs.dtype) for packed in places]
    statistics = np.empty((len(distinct), 2))
    for start in range(0, len(distinct), _AT_ONCE):
        part = distinct[start : start + _AT_ONCE]
        starts = np.cumsum([0, *(len(listed) for listed in part[:-1])])
        statistics[start : start + len(part)] = usual_similarities(
            table.sentences.chosen(np.concatenate(part)), starts, reference
        )
    return following.changed(names, statistics[groups])


def correct(table: Table, neighbors: Sequence[TextNeighbor | None]) -> None:
    """Set `adjusted` of each that is there, where the table knows what is usual."""
    present = [neighbor for neighbor in neighbors if neighbor is not None]
    if table.usual is None or not present:
        return
    values = -np.array([neighbor.similarity for neighbor in present])
    adjusted = table.usual.adjusted([neighbor.image_id for neighbor in present], values)
    for neighbor, value in zip(present, adjusted.tolist(), strict=True):
        neighbor.adjusted = value
