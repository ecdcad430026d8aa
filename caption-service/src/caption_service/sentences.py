"""Every distinct sentence once, with its row in the text space; writers never change what a reader holds."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from caption_service.decoder_state import Float32
from diversity_view.row_map import RowMap

Float64 = NDArray[np.float64]
Vectors = Callable[[Sequence[str]], Float32 | csr_array]
# float32 rows tell similarities apart to about 1e-7. Sentences that are equally similar but add up in another
# order tie exactly once both are rounded to this.
DECIMALS = 6
# Dense rows of ten thousand numbers: 40 MB for a moment.
_AT_ONCE = 1_024


@dataclass(frozen=True, slots=True)
class Sentences:
    """Row i is the i-th distinct sentence that was ever added; the rows lie in segments.

    A segment is merged with the next once that is no shorter, so there are few of them and each row is copied
    a logarithmic number of times.
    """

    dimension: int
    segments: tuple[csr_array, ...] = ()
    _rows: RowMap = field(default_factory=RowMap)

    def __len__(self) -> int:
        return sum(segment.shape[0] for segment in self.segments)

    def row(self, sentence: str) -> int:
        """The row of a sentence that was added. Raises KeyError for another one."""
        row = self._rows.get(sentence)
        if row is None:
            raise KeyError(sentence)
        return row

    def texts(self) -> list[str]:
        """Every sentence, by row."""
        found = [""] * len(self)
        for sentence, row in self._rows:
            found[row] = sentence
        return found

    def extended(self, sentences: Iterable[str], vectors: Vectors) -> "Sentences":
        """These and those of `sentences` that are new; `vectors` gives their unit rows (n, dimension),
        sparse or not."""
        new = [sentence for sentence in dict.fromkeys(sentences) if self._rows.get(sentence) is None]
        if not new:
            return self
        pieces = [csr_array(vectors(new[start : start + _AT_ONCE])) for start in range(0, len(new), _AT_ONCE)]
        added = _stacked(pieces)
        count = len(self)
        rows = self._rows.changed({sentence: count + place for place, sentence in enumerate(new)})
        return replace(self, segments=_merged((*self.segments, added)), _rows=rows)

    def kept(self, sentences: Sequence[str]) -> "Sentences":
        """Only `sentences`, each of them added before; their rows are copied, in this order."""
        everything = _stacked(self.segments) if self.segments else csr_array((0, self.dimension))
        places = np.array([self.row(sentence) for sentence in sentences], dtype=np.intp)
        rows = RowMap().changed({sentence: place for place, sentence in enumerate(sentences)})
        return Sentences(self.dimension, (everything[places],) if len(places) else (), rows)

    def chosen(self, rows: NDArray[np.intp]) -> csr_array:
        """The vectors of `rows` (m,), at least one, as (m, dimension); a copy."""
        pieces, places, start = list[csr_array](), list[NDArray[np.intp]](), 0
        for segment in self.segments:
            inside = np.flatnonzero((rows >= start) & (rows < start + segment.shape[0]))
            if len(inside):
                pieces.append(csr_array(segment[rows[inside] - start]))
                places.append(inside)
            start += segment.shape[0]
        return _in_order(pieces, np.concatenate(places))

    def similarities(self, query: Float32) -> Float64:
        """The cosine of `query` (dimension,), of length 1 or 0, with every row, clipped to 0..1.

        Each row is summed by itself in the order of its coordinates, so its answer does not depend on where
        it lies.
        """
        if not self.segments:
            return np.zeros(0)
        products = np.concatenate([segment @ query for segment in self.segments], dtype=np.float64)
        rounded: Float64 = products.clip(0.0, 1.0).round(DECIMALS)
        return rounded


def _in_order(pieces: Sequence[csr_array], places: NDArray[np.intp]) -> csr_array:
    """Stacked, each row then moved to its place."""
    return csr_array(_stacked(pieces)[np.argsort(places)])


def _merged(segments: tuple[csr_array, ...]) -> tuple[csr_array, ...]:
    kept = list(segments)
    while len(kept) > 1 and kept[-2].shape[0] <= kept[-1].shape[0]:
        last = kept.pop()
        kept[-1] = _stacked([kept[-1], last])
    return tuple(kept)


def _stacked(pieces: Sequence[csr_array]) -> csr_array:
    return pieces[0] if len(pieces) == 1 else csr_array(vstack(pieces, format="csr"))
