"""The view without HTTP: queries are ranked and measured, changes applied."""

from collections.abc import Mapping, Sequence
from typing import Any, Generic, cast

import numpy as np

from diversity_contracts import generations, wire
from diversity_contracts.pairs import Pairs, pack_pairs
from diversity_contracts.places import Place, Places
from diversity_contracts.problems import InvalidParameter, ProblemError
from diversity_contracts.vectors import encode_vector
from diversity_view.contents import Contents
from diversity_view.feed import Feed, Kept, Store, View
from diversity_view.queries import ByHistory, Query, one_of
from diversity_view.recent import Recent
from diversity_view.timing import Observe, timed
from drml_service.atlas import Atlas
from drml_service.encoding import PictureEncoding
from drml_service.histories import Members
from drml_service.holding import History, Holding, in_process
from drml_service.pairwise import pair_distances
from drml_service.projection import Projection
from drml_service.resolving import Resolving
from drml_service.search import End, Float32, pairwise_distances
from drml_service.searcher import Hit, Searcher, TableT, ends_of

MAX_PAIRWISE = 1_000


class Engine(Generic[TableT]):
    """Serves one generation. Queries read the view of the moment and never wait for a writer."""

    def __init__(
        self,
        *,
        artifact: str,
        encoding: PictureEncoding,
        store: Store[Float32],
        searcher: Searcher[TableT],
        observe: Observe,
        reference: Float32 | None = None,
        holding: Holding[TableT] | None = None,
        projection: Projection | None = None,
        kept: Kept[TableT] | None = None,
    ) -> None:
        """
        Args:
            reference: the artifact's sample (m, r), if it has one; then hits may tell `adjusted`.
            holding: where the tables lie; in this process by default.
            projection: the artifact's map of the catalogue, if it has one.
            kept: the table between two starts, where it is kept.
        """
        self.artifact, self._reference = artifact, reference
        self.generation = generations.name_of(artifact, encoding.encoder.form)
        self._named: dict[str, Any] = {"artifact": artifact, "generation": generations.told(self.generation)}
        self._encoding, self._searcher, self._observe = encoding, searcher, observe
        self._histories = Recent[History]()
        self._atlas = Atlas(projection, self._named)
        if holding is None:  # TableT is Table then, which a type checker cannot know
            holding = cast("Holding[TableT]", in_process(encoding.dimension, reference))
        self._holding = holding
        self._feed = Feed(
            store=store,
            encode=lambda pictures: self._contents.of(pictures, keep=False),
            empty=holding.empty,
            follow=holding.follow,
            observe=observe,
            standing=holding.standing,
            kept=kept,
        )
        self._contents = Contents(encoding.vectors, self._feed.stored, size=lambda vector: vector.nbytes)
        self._resolving = Resolving(self._contents, encoding.dimension, self.generation)

    @property
    def view(self) -> View[TableT]:
        """The vectors of this moment."""
        return self._feed.view

    @property
    def facts(self) -> Mapping[str, object]:
        """The length of a vector; the size of the reference sample, 0 where nothing is corrected; how the
        network computes."""
        sample = 0 if self._reference is None else len(self._reference)
        return {"dimension": self._encoding.dimension, "reference": sample, **self._encoding.facts}

    def foresee(self, pictures: Sequence[bytes]) -> None:
        """Encode pictures that are asked about next, in one call."""
        self._contents.of(pictures)

    def rank(self, query: Query, n: int, end: End, *, representation: bool) -> wire.Ranking:
        """The `n` nearest or farthest. Raises UnknownId, InvalidParameter, NotAPicture or TooLarge."""
        view = self.view
        vector = None
        if isinstance(query, ByHistory):
            members = self._resolving.members(query, view.table)
            with timed(self._observe, "search"):
                hits = self._history(query, view.table, members).end(n, end)
        else:
            vector, own = self._resolving.one(query, view.table)
            with timed(self._observe, "search"):
                hits = self._searcher.end(view.table, vector, n, end, own=own)
        return self._ranking(view, hits, vector if representation else None)

    def rank_many(
        self, queries: Sequence[Query], n: int, end: End, *, representation: bool
    ) -> list[wire.Ranking | ProblemError]:
        """What `rank` says of each of `queries`, or why it says nothing; they are searched for together."""
        view = self.view
        answers = list[wire.Ranking | ProblemError | None]()
        vectors, owns = list[Float32](), list[int | None]()
        for query in queries:
            try:
                if isinstance(query, ByHistory):
                    answers.append(self.rank(query, n, end, representation=representation))
                    continue
                vector, own = self._resolving.one(query, view.table)
            except ProblemError as error:
                answers.append(error)
            else:
                answers.append(None)
                vectors.append(vector)
                owns.append(own)
        if vectors:
            with timed(self._observe, "search"):
                found = iter(ends_of(self._searcher, view.table, np.stack(vectors), n, end, owns=owns))
        known = iter(vectors)
        return [
            self._ranking(view, next(found), next(known) if representation else None)
            if answer is None
            else answer
            for answer in answers
        ]

    def measure(
        self, query: Query, image_ids: Sequence[str], *, with_pairs: bool, representation: bool
    ) -> wire.Distances:
        """The given pictures as seen from the query; null for an unknown one and the query's own entry."""
        if with_pairs and len(image_ids) > MAX_PAIRWISE:
            raise InvalidParameter(f"`pairwise` compares at most {MAX_PAIRWISE:,} pictures.")
        view = self.view
        table = view.table
        rows, vector = table.rows(image_ids), None
        if isinstance(query, ByHistory):
            members = self._resolving.members(query, table)
            hidden = members.own
        else:
            vector, own = self._resolving.one(query, table)
            hidden = frozenset() if own is None else frozenset({own})
        present = np.array([row for row in rows if row is not None and row not in hidden], dtype=np.intp)
        with timed(self._observe, "search"):
            if vector is None:
                found = self._history(query, table, members).measure(present)
            else:
                found = self._searcher.measure(table, vector, present, own=own)
        hits = iter(found)
        results = [None if row is None or row in hidden else _neighbor(next(hits)) for row in rows]
        pairs = None
        if with_pairs:
            held = iter(table.vectors(np.array([row for row in rows if row is not None], dtype=np.intp)))
            pairs = pairwise_distances([None if row is None else next(held) for row in rows])
        return wire.Distances.model_construct(
            results=results,
            **self._named,
            count=len(table),
            applied=view.position.applied,
            representation=encode_vector(vector) if representation and vector is not None else None,
            pairwise=pairs,
        )

    def pairwise(self, image_ids: Sequence[str]) -> Pairs:
        """The distances between those of `image_ids` that are indexed."""
        view = self.view
        rows = dict(zip(image_ids, view.table.rows(image_ids), strict=True))
        held = {image_id: row for image_id, row in rows.items() if row is not None}
        vectors = view.table.vectors(np.array(list(held.values()), dtype=np.intp))
        return Pairs.model_construct(
            image_ids=list(held),
            distances=pack_pairs(pair_distances(vectors)),
            **self._named,
            count=len(view.table),
            applied=view.position.applied,
        )

    def embed(self, query: Query) -> wire.Embedding:
        """The query's embedding, as float32."""
        vector, _ = self._resolving.one(one_of(query), self.view.table)
        embedding = self._encoding.encoder.lift(vector[None])[0].astype(np.float32)
        return wire.Embedding.model_construct(embedding=embedding.tolist(), **self._named)

    def places(self) -> Places:
        """Every picture on the catalogue's map; raises what `Atlas` does."""
        return self._atlas.places(self.view)

    def place(self, query: Query) -> Place:
        """The query on the catalogue's map; raises what `Atlas` does."""
        return self._atlas.place(self._resolving.one(one_of(query), self.view.table)[0])

    def apply(self, batch: wire.ChangeBatch, pictures: Mapping[str, bytes]) -> wire.ChangesApplied:
        """Take the view from `batch.after` to `batch.upto`, whole or not at all; raises what `Feed` does."""
        return self._feed.apply(batch, pictures)

    def close(self) -> None:
        """Let go of the store, after the write in progress."""
        self._feed.close()

    def _ranking(self, view: View[TableT], hits: Sequence[Hit], vector: Float32 | None) -> wire.Ranking:
        # Right by construction; validating 100,000 of them would take longer than the search.
        return wire.Ranking.model_construct(
            results=[_neighbor(hit) for hit in hits],
            **self._named,
            count=len(view.table),
            applied=view.position.applied,
            representation=None if vector is None else encode_vector(vector),
        )

    def _history(self, query: Query, table: TableT, members: Members) -> History:
        return self._histories.of(table, query, lambda: self._holding.history(table, members))


def _neighbor(hit: Hit) -> wire.Neighbor:
    return wire.Neighbor.model_construct(
        image_id=hit.image_id, distance=hit.distance, percentile=hit.percentile, adjusted=hit.adjusted
    )
