"""Both ends of the search over the starter's own embeddings, against float64 brute force: ids and order.

Random numbers are spread evenly; a trained network's vectors lie close together, in few directions, with
near-duplicates and exact ones among them. That is where a scan in float32, or of eight-bit codes, could go
wrong.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image

from diversity_contracts.manifest import verify
from drml_service.artifact import STARTER
from drml_service.encoder import NetworkEncoder
from drml_service.index import FaissSearcher
from drml_service.search import End, Float32, Float64
from drml_service.searcher import Hit, Searcher
from drml_service.table import Table
from drml_service.two_ended import TwoEndedSearcher
from tests.fakes.drawn import draw

DRAWN, NOISY, SHADED, AGAIN, UNSEEN = 500, 400, 200, 100, 300
QUERIES, NEIGHBORS = 1_000, 10
ENDS: tuple[End, End] = ("nearest", "farthest")
# Both lists of each of some queries (k, r).
Ask = Callable[[Table, Float32], Iterable[Sequence[list[Hit]]]]


@dataclass(frozen=True)
class Embedded:
    """Vectors (n, r) of the catalogue and of pictures outside it, and the way back to embeddings."""

    encoder: NetworkEncoder
    catalogue: Float32
    unseen: Float32

    @property
    def ids(self) -> list[str]:
        """Their order has nothing to do with the rows'."""
        return [f"{(row * 7_919) % 100_003:06}" for row in range(len(self.catalogue))]

    @property
    def queries(self) -> Float32:
        """(1000, r): catalogue pictures, so that distance 0 occurs, and unseen ones."""
        known = np.random.default_rng(3).choice(len(self.catalogue), QUERIES - UNSEEN, replace=False)
        return np.concatenate([self.catalogue[known], self.unseen])


def noisy(number: int, strength: float) -> Image.Image:
    pixels = np.asarray(draw(number), dtype=np.float64)
    noise = strength * np.random.default_rng(number).standard_normal(pixels.shape)
    return Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8))


def shaded(number: int) -> Image.Image:
    return Image.fromarray((np.asarray(draw(number)) * 0.98).astype(np.uint8))


@pytest.fixture(scope="module")
def embedded() -> Embedded:
    encoder = NetworkEncoder.load(STARTER, verify(STARTER, "drml"), threads=len(os.sched_getaffinity(0)))

    def vectors(pictures: list[Image.Image]) -> Float32:
        inputs = [encoder.prepare(picture) for picture in pictures]
        return np.concatenate([encoder.encode(inputs[i : i + 100]) for i in range(0, len(inputs), 100)])

    drawn = vectors([draw(number) for number in range(DRAWN)])
    # From noise that can hardly be seen to noise that hides the shapes.
    others = [noisy(number, strength=0.5 + number / 10) for number in range(NOISY)]
    others += [shaded(number) for number in range(SHADED)]
    # One vector per content, as the view stores it: the same picture under a second id ties exactly.
    catalogue = np.concatenate([drawn, vectors(others), drawn[:AGAIN]])
    return Embedded(encoder, catalogue, vectors([draw(10_000 + number) for number in range(UNSEEN)]))


def an_end_at_a_time(searcher: Searcher[Table]) -> Ask:
    def ask(table: Table, queries: Float32) -> Iterable[Sequence[list[Hit]]]:
        for query in queries:
            yield [searcher.end(table, query, NEIGHBORS, end) for end in ENDS]

    return ask


def both_ends_at_once(table: Table, queries: Float32) -> Iterable[Sequence[list[Hit]]]:
    searcher = TwoEndedSearcher()
    return (searcher.both(table, query, NEIGHBORS) for query in queries)


def all_queries_at_once(table: Table, queries: Float32) -> Iterable[Sequence[list[Hit]]]:
    return TwoEndedSearcher(threads=2).both_of_many(table, queries, NEIGHBORS)


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(an_end_at_a_time(FaissSearcher()), id="faiss"),
        pytest.param(an_end_at_a_time(TwoEndedSearcher()), id="codes, an end at a time"),
        pytest.param(both_ends_at_once, id="codes, both ends at once"),
        pytest.param(all_queries_at_once, id="codes, all queries at once"),
    ],
)
def test_both_lists_of_every_query_equal_brute_force(embedded: Embedded, ask: Ask) -> None:
    ids = np.array(embedded.ids)
    table = Table(embedded.encoder.dimension, block_rows=512, learn_at=512).changed(
        dict(zip(ids.tolist(), embedded.catalogue, strict=True))
    )
    assert table.segments is not None, "there are codes to scan"
    wide, asked = embedded.catalogue.astype(np.float64), embedded.queries
    for query, lists in zip(asked, ask(table, asked), strict=True):
        distances = np.sqrt(((wide - query.astype(np.float64)) ** 2).sum(axis=1))
        for found, keys in zip(lists, (distances, -distances), strict=True):
            expected = np.lexsort((ids, keys))[:NEIGHBORS]
            assert [hit.image_id for hit in found] == ids[expected].tolist()
            assert [hit.distance for hit in found] == distances[expected].tolist()


def test_they_are_the_ends_of_the_embeddings_too(embedded: Embedded) -> None:
    """In all 4096 numbers. The ten best by embedding, except where two differ by less than float32 holds."""
    wide = embedded.encoder.lift(embedded.catalogue)
    reduced = embedded.catalogue.astype(np.float64)
    assert wide.shape[1] == verify(STARTER, "drml").model["embedding_dim"]
    queries = embedded.queries
    by_embedding = distances_between(embedded.encoder.lift(queries), wide)
    by_vector = distances_between(queries.astype(np.float64), reduced)
    scale = by_embedding.max()
    for sign in (1, -1):
        best = np.sort(sign * by_embedding, axis=1)[:, :NEIGHBORS]
        chosen = np.argsort(sign * by_vector, axis=1, kind="stable")[:, :NEIGHBORS]
        np.testing.assert_allclose(
            np.take_along_axis(sign * by_embedding, chosen, axis=1), best, rtol=0, atol=1e-6 * scale
        )


def test_the_pictures_are_as_hard_as_they_should_be(embedded: Embedded) -> None:
    """Exact ties, near ties, and vectors much closer to one another than to the origin's far side."""
    distances = distances_between(embedded.unseen.astype(np.float64), embedded.catalogue.astype(np.float64))
    sorted_ = np.sort(distances, axis=1)[:, : NEIGHBORS + 1]
    gaps = np.diff(sorted_, axis=1) / sorted_.max()
    assert (gaps < 1e-7).sum() > 20  # the pictures under two ids
    assert ((gaps > 1e-7) & (gaps < 1e-4)).sum() > 20


def distances_between(queries: Float64, catalogue: Float64) -> Float64:
    """(q, n). The expanded square is exact to 1e-8 of the longest vector in float64."""
    squares = (queries**2).sum(1)[:, None] + (catalogue**2).sum(1) - 2 * queries @ catalogue.T
    result: Float64 = np.sqrt(np.maximum(squares, 0))
    return result
