"""The catalogue's sentences at one moment: immutable, each followed by another one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from caption_service import search
from caption_service.cleaning import clean
from caption_service.decoder_state import Float32
from caption_service.search import Float64
from caption_service.sentences import Sentences, Vectors
from caption_service.written import Written
from diversity_contracts.wire import CaptionSource
from diversity_view.records import Indexed
from diversity_view.row_map import RowMap
from diversity_view.usual import Usual

# Rows of entries that were replaced or deleted stay until they are this many, and a quarter of all.
DEAD_ROWS = 1_024


@dataclass(frozen=True, slots=True)
class Said:
    """What is compared of one picture: its human captions, else the sentence written for it.

    Attributes:
        captions: as given, at least one.
        cleaned: the same ones as sentences of the text space.
        source: whose they are.
        written: the sentence generated from its bytes, which a query by id stands for.
    """

    captions: tuple[str, ...]
    cleaned: tuple[str, ...]
    source: CaptionSource
    written: Written

    @classmethod
    def of(cls, indexed: Indexed[Written]) -> "Said":
        """Human captions count where at least one of them has a word in it; those without are left out."""
        written = indexed.content
        usable = {caption: cleaned for caption in indexed.captions if (cleaned := clean(caption))}
        if usable:
            return cls(tuple(usable), tuple(usable.values()), "human", written)
        return cls((written.sentence,), (clean(written.sentence),), "generated", written)


@dataclass(frozen=True, slots=True)
class Table:
    """Row i is an entry, or dead: what stood under an id before it was replaced or deleted.

    Attributes:
        sentences: of all rows.
        ids: (n,).
        said: (n,), of `Said`.
        alive: (n,).
        starts: (n + 1,), where each row's sentences begin in `pairs`.
        pairs: (m,), rows of `sentences`.
    """

    sentences: Sentences
    ids: NDArray[np.object_] = field(default_factory=lambda: np.empty(0, dtype=np.object_))
    said: NDArray[np.object_] = field(default_factory=lambda: np.empty(0, dtype=np.object_))
    alive: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=np.bool_))
    starts: NDArray[np.intp] = field(default_factory=lambda: np.zeros(1, dtype=np.intp))
    pairs: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    count: int = 0
    usual: Usual | None = None  # of the same entries; None without reference sentences
    _rows: RowMap = field(default_factory=RowMap)

    def __len__(self) -> int:
        return self.count

    def row(self, image_id: str) -> int | None:
        """The row of `image_id`, or None."""
        return self._rows.get(image_id)

    def entry(self, row: int) -> Said:
        """What is said of the picture at `row`."""
        said: Said = self.said[row]
        return said

    def similarities(self, query: Float32) -> tuple[Float64, Float64]:
        """Of `query` (dimension,) with every sentence, and with every row, the dead ones too."""
        by_sentence = self.sentences.similarities(query)
        return by_sentence, search.entry_similarities(by_sentence, self.pairs, self.starts[:-1])

    def best_caption(self, row: int, by_sentence: Float64) -> tuple[str, int]:
        """The row's caption with the largest of `by_sentence` (s,), the first such; its sentence's row."""
        pairs = self.pairs[self.starts[row] : self.starts[row + 1]]
        best = int(by_sentence[pairs].argmax())
        return self.entry(row).captions[best], int(pairs[best])

    def changed(
        self, upserts: Mapping[str, Indexed[Written]], deletes: Iterable[str], vectors: Vectors
    ) -> "Table":
        """The next table: `deletes` removed (unknown ids are no error), then `upserts` added or replaced."""
        table = self._added(
            {image_id: Said.of(indexed) for image_id, indexed in upserts.items()}, deletes, vectors
        )
        dead = len(table.alive) - len(table)
        return table._compact() if dead > DEAD_ROWS and 4 * dead > len(table.alive) else table

    def _added(self, said: Mapping[str, Said], deletes: Iterable[str], vectors: Vectors) -> "Table":
        sentences = self.sentences.extended(
            (cleaned for one in said.values() for cleaned in one.cleaned), vectors
        )
        alive = np.concatenate([self.alive, np.ones(len(said), dtype=np.bool_)])
        rows: dict[str, int | None] = dict.fromkeys(deletes)
        for image_id in (*rows, *said):
            if (row := self._rows.get(image_id)) is not None:
                alive[row] = False
        rows |= {image_id: len(self.ids) + place for place, image_id in enumerate(said)}
        lists = [[sentences.row(cleaned) for cleaned in one.cleaned] for one in said.values()]
        lengths = np.array([len(listed) for listed in lists], dtype=np.intp)
        return replace(
            self,
            sentences=sentences,
            ids=np.concatenate([self.ids, _objects(list(said))]),
            said=np.concatenate([self.said, _objects(list(said.values()))]),
            alive=alive,
            starts=np.concatenate([self.starts, self.starts[-1] + np.cumsum(lengths)]),
            pairs=np.concatenate(
                [self.pairs, np.array([row for listed in lists for row in listed], dtype=np.intp)]
            ),
            count=int(alive.sum()),
            _rows=self._rows.changed(rows),
        )

    def _compact(self) -> "Table":
        """The same entries without the dead rows, and only the sentences they use."""
        rows = np.flatnonzero(self.alive)
        living = {str(self.ids[row]): self.entry(int(row)) for row in rows}
        used = list(dict.fromkeys(cleaned for one in living.values() for cleaned in one.cleaned))
        return Table(self.sentences.kept(used))._added(living, (), _none_new)


def _objects(values: Sequence[object]) -> NDArray[np.object_]:
    array = np.empty(len(values), dtype=np.object_)
    array[:] = values
    return array


def _none_new(sentences: Sequence[str]) -> Float32:
    raise AssertionError(f"{len(sentences)} sentences were not kept")
