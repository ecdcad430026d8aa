"""The view without HTTP: sentences are written and compared, changes applied."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from caption_service import search
from caption_service.captioning import Captioning
from caption_service.decoder_state import Float32
from caption_service.search import Bounds, End, Float64
from caption_service.sentences import Sentences, Vectors
from caption_service.table import Table
from caption_service.written import Written
from diversity_contracts import wire
from diversity_contracts.pictures import content_hash
from diversity_contracts.problems import InvalidParameter, UnknownId
from diversity_view.feed import Feed, View
from diversity_view.queries import ById, ByPicture, ByRepresentation, Query
from diversity_view.records import Indexed
from diversity_view.store import Store
from diversity_view.timing import Observe, timed

# No decoder writes as much, and no human caption of the data sets that are compared here is as long.
LONGEST_SENTENCE = 2_000


class Space(Protocol):
    """Sentences as unit vectors."""

    @property
    def dimension(self) -> int:
        """d."""

    def vectors(self, sentences: Sequence[str]) -> Float32:
        """(n, d), rows of length 1, or 0 where nothing is said."""


class Engine:
    """Serves one artifact. Queries read the view of the moment and never wait for a writer."""

    def __init__(
        self,
        *,
        artifact: str,
        captioning: Captioning,
        space: Space,
        store: Store[Written],
        observe: Observe,
    ) -> None:
        self.artifact = artifact
        self._captioning, self._space, self._observe = captioning, space, observe
        self._feed = Feed(
            store=store,
            encode=captioning.written,
            empty=Table(Sentences(space.dimension)),
            follow=partial(_follow, vectors=space.vectors),
            observe=observe,
        )

    @property
    def view(self) -> View[Table]:
        """The sentences of this moment."""
        return self._feed.view

    @property
    def facts(self) -> Mapping[str, object]:
        """The length of a text vector, and how many different sentences are kept."""
        return {"dimension": self._space.dimension, "sentences": len(self.view.table.sentences)}

    def caption(self, query: Query, width: int | None) -> wire.Caption:
        """The sentence written for a picture, by a beam of `width` or the artifact's own.

        Raises UnknownId, NotAPicture, TooLarge, or InvalidParameter for a representation, which is a sentence
        already, and for an indexed picture with another width: its bytes are not kept here.
        """
        usual = self._captioning.writer.width
        match query:
            case ById(image_id):
                if width not in (None, usual):
                    raise InvalidParameter(
                        f"An indexed picture has its sentence from a beam of {usual} only."
                    )
                written = _indexed(self.view.table, image_id)[0]
            case ByPicture(data):
                written = self._written(data) if width is None else self._captioning.one(data, width)
            case ByRepresentation():
                raise InvalidParameter("A representation is a sentence already.")
        return wire.Caption(
            caption=written.sentence, log_probability=written.log_probability, artifact=self.artifact
        )

    def rank(
        self, query: Query, n: int, end: End, bounds: Bounds, *, representation: bool
    ) -> wire.TextRanking:
        """The `n` most or least similar within `bounds`; fewer where there are no more.

        Raises UnknownId, InvalidParameter, NotAPicture or TooLarge.
        """
        view = self.view
        sentence, own = self._resolve(query, view.table)
        with timed(self._observe, "search"):
            seen = _Seen.of(view.table, self._space.vectors([sentence])[0], own)
            rows = seen.counted[bounds.admit(seen.similarities[seen.counted])]
            best = rows[search.end_of(seen.similarities[rows], view.table.ids[rows], n, end)]
            results = seen.neighbors(best)
        # Right by construction; validating 100,000 of them would take longer than the search.
        return wire.TextRanking.model_construct(
            results=results,
            **self._standing(view, sentence, representation=representation),
        )

    def measure(self, query: Query, image_ids: Sequence[str], *, representation: bool) -> wire.Similarities:
        """The given pictures as seen from the query; null for an unknown one and the query's own entry."""
        view = self.view
        sentence, own = self._resolve(query, view.table)
        rows = [view.table.row(image_id) for image_id in image_ids]
        with timed(self._observe, "search"):
            seen = _Seen.of(view.table, self._space.vectors([sentence])[0], own)
            present = [row for row in rows if row is not None and row != own]
            found = iter(seen.neighbors(np.array(present, dtype=np.intp)))
            results = [None if row is None or row == own else next(found) for row in rows]
        return wire.Similarities.model_construct(
            results=results,
            **self._standing(view, sentence, representation=representation),
        )

    def apply(self, batch: wire.ChangeBatch, pictures: Mapping[str, bytes]) -> wire.ChangesApplied:
        """Take the view from `batch.after` to `batch.upto`, whole or not at all; raises what `Feed` does."""
        return self._feed.apply(batch, pictures)

    def close(self) -> None:
        """Let go of the store, after the write in progress."""
        self._feed.close()

    def _standing(self, view: View[Table], sentence: str, *, representation: bool) -> dict[str, Any]:
        """What both kinds of list say beside their entries."""
        return {
            "query_caption": sentence,
            "artifact": self.artifact,
            "count": len(view.table),
            "applied": view.position.applied,
            "representation": sentence if representation else None,
        }

    def _written(self, data: bytes) -> Written:
        stored = self._feed.stored(content_hash(data))
        return self._captioning.one(data) if stored is None else stored

    def _resolve(self, query: Query, table: Table) -> tuple[str, int | None]:
        """The query's sentence, and its own row if it was asked by id."""
        match query:
            case ById(image_id):
                written, row = _indexed(table, image_id)
                return written.sentence, row
            case ByPicture(data):
                return self._written(data).sentence, None
            case ByRepresentation(sentence):
                query.check(self.artifact)
                if len(sentence) > LONGEST_SENTENCE:
                    raise InvalidParameter(f"A sentence has at most {LONGEST_SENTENCE:,} characters.")
                return sentence, None


@dataclass(frozen=True, slots=True)
class _Seen:
    """A table from a query: similarities by sentence (s,) and by row (n,); the rows that count."""

    table: Table
    by_sentence: Float64
    similarities: Float64
    counted: NDArray[np.intp]

    @classmethod
    def of(cls, table: Table, query: Float32, own: int | None) -> "_Seen":
        by_sentence, similarities = table.similarities(query)
        alive = table.alive
        if own is not None:
            alive = alive.copy()
            alive[own] = False
        return cls(table, by_sentence, similarities, np.flatnonzero(alive))

    def neighbors(self, rows: NDArray[np.intp]) -> list[wire.TextNeighbor]:
        asked = self.similarities[rows]
        shares = search.percentiles(self.similarities[self.counted], asked)
        return [
            wire.TextNeighbor.model_construct(
                image_id=self.table.ids[row],
                similarity=similarity,
                percentile=share,
                caption=self.table.best_caption(row, self.by_sentence),
                caption_source=self.table.entry(row).source,
            )
            for row, similarity, share in zip(rows.tolist(), asked.tolist(), shares.tolist(), strict=True)
        ]


def _indexed(table: Table, image_id: str) -> tuple[Written, int]:
    row = table.row(image_id)
    if row is None:
        raise UnknownId(f"The index holds no picture {image_id!r}.")
    return table.entry(row).written, row


def _follow(
    table: Table, upserts: Mapping[str, Indexed[Written]], deletes: Sequence[str], *, vectors: Vectors
) -> Table:
    return table.changed(upserts, deletes, vectors)
