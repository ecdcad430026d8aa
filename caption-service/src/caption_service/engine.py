"""The view without HTTP: sentences are written and compared, changes applied."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from caption_service import search
from caption_service.captioning import Captioning
from caption_service.correction import correct
from caption_service.decoder_state import Float32
from caption_service.following import Following
from caption_service.kept_sentences import KeptSentences
from caption_service.pairwise import pair_distances
from caption_service.perspective import Perspective
from caption_service.search import Bounds, End
from caption_service.sentenced import Sentenced
from caption_service.sentences import Sentences
from caption_service.table import Table
from caption_service.written import Written
from caption_service.written_lately import WrittenLately
from diversity_contracts import generations, wire
from diversity_contracts.pairs import Pairs, pack_pairs
from diversity_contracts.problems import InvalidParameter, UnknownId
from diversity_view.feed import Feed, View
from diversity_view.queries import ByHistory, ById, ByPicture, ByRepresentation, Query, Single, one_of
from diversity_view.recent import Recent
from diversity_view.store import Store
from diversity_view.timing import Observe, timed
from diversity_view.usual import Usual

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
    """Serves one generation. Queries read the view of the moment and never wait for a writer."""

    def __init__(
        self,
        *,
        artifact: str,
        captioning: Captioning,
        space: Space,
        store: Store[Written],
        observe: Observe,
        reference: Sequence[str] = (),
        kept: KeptSentences | None = None,
    ) -> None:
        """
        Args:
            reference: the artifact's sample of sentences, if it has one; then neighbors tell `adjusted`.
            kept: what was worked out of sentences before, read here and added to.
        """
        self._kept = kept
        self.artifact, self._reference = artifact, len(reference)
        self.generation = generations.name_of(artifact, captioning.precision)
        self._named: dict[str, Any] = {"artifact": artifact, "generation": generations.told(self.generation)}
        self._captioning, self._space, self._observe = captioning, space, observe
        self._histories = Recent[Perspective]()
        self._feed = Feed(
            store=store,
            encode=lambda pictures: self._lately.by(None).of(pictures, keep=False),
            empty=Table(Sentences(space.dimension), usual=Usual() if reference else None),
            follow=Following(space.vectors, lambda: space.vectors(list(reference)), kept),
            observe=observe,
        )
        self._lately = WrittenLately(captioning, self._feed.stored)

    @property
    def view(self) -> View[Table]:
        """The sentences of this moment."""
        return self._feed.view

    @property
    def facts(self) -> Mapping[str, object]:
        """The length of a text vector, how many different sentences are kept, how many the reference sample
        has, 0 where nothing is corrected; what computes the pictures' features, and in which precision."""
        kept = len(self.view.table.sentences)
        sizes = {"dimension": self._space.dimension, "sentences": kept, "reference": self._reference}
        return {**sizes, **self._captioning.facts}

    def caption(self, query: Query, width: int | None) -> wire.Caption:
        """The sentence written for a picture, by a beam of `width` or the artifact's own.

        Raises UnknownId, NotAPicture, TooLarge, or InvalidParameter for a representation, which is a sentence
        already, and for an indexed picture with another width: its bytes are not kept here.
        """
        usual = self._captioning.writer.width
        match one_of(query):
            case ById(image_id):
                if width not in (None, usual):
                    raise InvalidParameter(
                        f"An indexed picture has its sentence from a beam of {usual} only."
                    )
                written = _indexed(self.view.table, image_id)[0]
            case ByPicture(data):
                written = self._lately.by(width).one(data)
            case ByRepresentation():
                raise InvalidParameter("A representation is a sentence already.")
        return wire.Caption(caption=written.sentence, log_probability=written.log_probability, **self._named)

    def foresee(self, pictures: Sequence[bytes], width: int | None = None) -> None:
        """Write the sentences of pictures that are asked about next, their features in one call."""
        self._lately.by(width).of(pictures)

    def rank(
        self, query: Query, n: int, end: End, bounds: Bounds, *, representation: bool
    ) -> wire.TextRanking:
        """The `n` most or least similar within `bounds`; fewer where there are no more.

        Raises UnknownId, InvalidParameter, NotAPicture or TooLarge.
        """
        view = self.view
        if isinstance(query, ByHistory) and bounds != Bounds():
            raise InvalidParameter("Bounds on similarity are for one picture, not for a history.")
        asked = self._asked(query, view.table)
        with timed(self._observe, "search"):
            seen = self._seen(asked, view.table)
            rows = seen.counted[bounds.admit(seen.rows[seen.counted])]
            best = rows[search.end_of(seen.rows[rows], view.table.ids[rows], n, end)]
            results = seen.neighbors(best)
            if end == "divergent":
                correct(view.table, results)
        # Right by construction; validating 100,000 of them would take longer than the search.
        return wire.TextRanking.model_construct(
            results=results,
            **self._standing(view, asked.text, representation=representation),
        )

    def measure(self, query: Query, image_ids: Sequence[str], *, representation: bool) -> wire.Similarities:
        """The given pictures as seen from the query; null for an unknown one and the query's own entry."""
        view = self.view
        asked = self._asked(query, view.table)
        rows = [view.table.row(image_id) for image_id in image_ids]
        with timed(self._observe, "search"):
            seen = self._seen(asked, view.table)
            present = [row for row in rows if row is not None and row not in asked.own]
            found = iter(seen.neighbors(np.array(present, dtype=np.intp)))
            results = [None if row is None or row in asked.own else next(found) for row in rows]
            correct(view.table, results)
        return wire.Similarities.model_construct(
            results=results,
            **self._standing(view, asked.text, representation=representation),
        )

    def pairwise(self, image_ids: Sequence[str]) -> Pairs:
        """1 − similarity between those of `image_ids` that are indexed: the closest of their captions."""
        view = self.view
        rows = {image_id: view.table.row(image_id) for image_id in image_ids}
        held = {image_id: row for image_id, row in rows.items() if row is not None}
        return Pairs.model_construct(
            image_ids=list(held),
            distances=pack_pairs(pair_distances(view.table, list(held.values()))),
            **self._named,
            count=len(view.table),
            applied=view.position.applied,
        )

    def apply(self, batch: wire.ChangeBatch, pictures: Mapping[str, bytes]) -> wire.ChangesApplied:
        """Take the view from `batch.after` to `batch.upto`, whole or not at all; raises what `Feed` does."""
        return self._feed.apply(batch, pictures)

    def close(self) -> None:
        """Let go of the store, after the write in progress."""
        self._feed.close()
        if self._kept is not None:
            self._kept.write(self.view.table)

    def _standing(self, view: View[Table], sentence: str, *, representation: bool) -> dict[str, Any]:
        """What both kinds of list say beside their entries."""
        return {
            "query_caption": sentence,
            **self._named,
            "count": len(view.table),
            "applied": view.position.applied,
            "representation": sentence if representation else None,
        }

    def _asked(self, query: Query, table: Table) -> Sentenced:
        """The query in sentences; of a history those that are not indexed are left out.

        Raises NotReady when all are.
        """
        if not isinstance(query, ByHistory):
            sentence, own = self._resolve(query, table)
            return Sentenced.of_one(sentence, own)
        known = (
            (one, weight)
            for one, weight in query.seen
            if not isinstance(one, ById) or table.row(one.image_id) is not None
        )
        return Sentenced.of_history((*self._resolve(one, table), weight) for one, weight in known)

    def _seen(self, asked: Sentenced, table: Table) -> Perspective:
        vectors = self._space.vectors(list(asked.weights))
        if asked.is_history:
            weights = list(asked.weights.values())
            return self._histories.of(
                table, asked, lambda: Perspective.of_history(table, vectors, weights, asked.own)
            )
        return Perspective.of(table, vectors[0], next(iter(asked.own), None))

    def _resolve(self, query: Single, table: Table) -> tuple[str, int | None]:
        """The query's sentence, and its own row if it was asked by id."""
        match query:
            case ById(image_id):
                written, row = _indexed(table, image_id)
                return written.sentence, row
            case ByPicture(data):
                return self._lately.by(None).one(data).sentence, None
            case ByRepresentation(sentence):
                query.check(self.generation)
                if len(sentence) > LONGEST_SENTENCE:
                    raise InvalidParameter(f"A sentence has at most {LONGEST_SENTENCE:,} characters.")
                return sentence, None


def _indexed(table: Table, image_id: str) -> tuple[Written, int]:
    row = table.row(image_id)
    if row is None:
        raise UnknownId(f"The index holds no picture {image_id!r}.")
    return table.entry(row).written, row
