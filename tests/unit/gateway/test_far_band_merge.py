"""The corrected ranking of two views over 8,000 pictures against scoring the whole catalogue in both."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from diversity_gateway.catalogue import Catalogue
from diversity_gateway.ranking import Band
from diversity_gateway.retrieve import Retrieval
from diversity_gateway.views import Stand, ViewQuery
from diversity_gateway.wishes import Retrieved, Wish
from tests.fakes.catalogue_views import ArrayView, SentenceView

SIZE, QUERIES, VOCABULARY = 8_000, 120, 60
BOTH = {"drml": 1.0, "caption": 1.0}
Listed = list[tuple[str, float, float | None]]


@dataclass
class World:
    """The catalogue and both views of it."""

    names: list[str]
    catalogue: Catalogue
    views: dict[str, ArrayView]

    def retrieval(self) -> Retrieval:
        return Retrieval(dict(self.views), self.catalogue, lambda _: b"")


def _usual(view: ArrayView, sample: NDArray[np.intp]) -> NDArray[np.float64]:
    gaps = np.stack([view.gaps(int(row)) for row in sample])
    return np.column_stack([gaps.mean(axis=0), np.maximum(gaps.std(axis=0), 0.01)])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Clustered vectors with twins; sentences of few words, so that most of them tie at the far end."""
    source = np.random.default_rng(3)
    names = [f"p{number:05}" for number in range(SIZE)]
    catalogue = Catalogue(tmp_path_factory.mktemp("world") / "c.sqlite")
    with catalogue._database.writing() as connection:  # one transaction: the rows are not what is tested
        connection.executemany(
            "INSERT INTO images VALUES (?,'0','image/png',1,1,1,'[]',?,'t','t',?,0)",
            [(name, f'{{"third": {seq % 3}, "rare": {seq % 50}}}', seq) for seq, name in enumerate(names, 1)],
        )
        connection.execute("UPDATE meta SET value=? WHERE key IN ('version', 'size')", (str(SIZE),))
    vectors = source.normal(size=(40, 8))[source.integers(40, size=SIZE)] * 3 + source.normal(size=(SIZE, 8))
    twins = source.choice(SIZE, size=(300, 2), replace=False)
    vectors[twins[:, 1]] = vectors[twins[:, 0]]
    words = (source.random((SIZE, VOCABULARY)) < 3 / np.arange(4, VOCABULARY + 4)).astype(np.float64)
    words[:, -1] = 1 - words[:, :-1].any(axis=1)  # nobody says nothing
    stand, sample = Stand("made", SIZE, SIZE), source.choice(SIZE, 50, replace=False)
    views: dict[str, ArrayView] = {
        "drml": ArrayView(names, vectors, stand),
        "caption": SentenceView(names, words, stand),
    }
    for view in views.values():
        view.usual = _usual(view, sample)
    yield World(names, catalogue, views)
    catalogue.close()


def everything(world: World, row: int, own: bool, wish: Wish) -> Listed:
    """Every picture scored in both views, cut, sorted; no part of the gateway has a hand in it."""
    assert wish.listed is not None
    blend, adjusted, total = np.zeros(SIZE), np.zeros(SIZE), sum(wish.weights.values())
    for name, weight in wish.weights.items():
        view = world.views[name]
        assert view.usual is not None
        if weight:
            blend += weight * view.percentiles(row, row if own else None)
            adjusted += weight * ((view.gaps(row) - view.usual[:, 0]) / view.usual[:, 1])
    blend, adjusted = blend / total, adjusted / total
    keep, eligible = ~np.isnan(blend), SIZE
    if wish.filter is not None:
        ((key, accepted),) = wish.filter.items()
        passing = np.isin(np.arange(1, SIZE + 1) % {"third": 3, "rare": 50}[key], list(accepted))
        keep, eligible = keep & passing, int(passing.sum())
    if wish.band is not None:
        keep &= (blend >= wish.band.low) & (blend <= wish.band.high)
    keep[[int(name[1:]) for name in wish.exclude]] = False
    found = np.flatnonzero(keep)
    ordered = found[np.lexsort((found, -blend[found]))]  # rows are in the order of ids
    size = len(found) if wish.band else max(math.ceil(eligible / 100), 10 * wish.listed)
    bar = blend[ordered[min(size, len(ordered)) - 1]] if len(ordered) else 0.0
    far, rest = ordered[blend[ordered] >= bar], ordered[blend[ordered] < bar]
    far = far[np.lexsort((far, -adjusted[far]))]
    listed: Listed = [(world.names[key], blend[key], adjusted[key]) for key in far[: wish.wanted]]
    return listed + [(world.names[key], blend[key], None) for key in rest[: wish.wanted - len(listed)]]


def got(found: Retrieved) -> Listed:
    return [(entry.image_id, entry.divergence, entry.adjusted) for entry in found.ranked]


def same(found: Retrieved, expected: Listed) -> None:
    assert [entry[0] for entry in got(found)] == [entry[0] for entry in expected]
    for one, other in zip(got(found), expected, strict=True):
        assert one[1:] == pytest.approx(other[1:], abs=1e-9)


async def test_queries_equal_scoring_everything(world: World) -> None:
    """Every sixth query has a band, a filter, ids to leave out, other weights, or pages behind the band."""
    source, retrieval = random.Random(5), world.retrieval()
    for number in range(QUERIES):
        kind, row, own = number % 6, source.randrange(SIZE), number % 2 == 0
        listed = source.choice([1, 5, 30])
        weights = [
            {"drml": 0.7, "caption": 0.3},
            {"drml": 1.0, "caption": 0.0},
            {"drml": 0.0, "caption": 1.0},
        ]
        # Two thirds are walked, a fiftieth is measured whole.
        filters = (
            {"third": (0, source.randrange(1, 3))} if number % 12 == 1 else {"rare": (source.randrange(50),)}
        )
        wish = Wish(
            "divergent",
            source.choice([1, 6, listed + 1]) if kind != 5 else 320,
            source.choice(weights) if kind == 3 else BOTH,
            band=source.choice([Band(0.8, 0.9), Band(0.95, 1.0), Band(0.85, 0.95)]) if kind == 2 else None,
            exclude=frozenset(source.sample(world.names, 300)) if kind == 4 else frozenset(),
            filter=filters if kind == 1 else None,
            listed=listed,
        )
        name = world.names[row]
        query = ViewQuery(image_id=name) if own else ViewQuery(str(row).encode())
        found = await retrieval.find(query, wish)
        excluded = replace(wish, exclude=wish.exclude | {name}) if own else wish
        same(found, everything(world, row, own, excluded))
        assert found.exact


async def test_mostly_one_request_a_view(world: World) -> None:
    """One list and one measuring each, and not the whole catalogue."""
    for view in world.views.values():
        view.entries = view.replies = 0
    for row in range(0, 200, 10):
        wish = Wish("divergent", 6, BOTH, listed=5)
        await world.retrieval().find(ViewQuery(str(row).encode()), wish)
    for view in world.views.values():
        assert view.replies <= 20 * 2.5
        assert view.entries <= 20 * SIZE / 3


async def test_without_reference_samples_the_order_is_the_raw_one(world: World) -> None:
    bare = {name: replace(view, usual=None) for name, view in world.views.items()}
    retrieval = Retrieval(dict(bare), world.catalogue, lambda _: b"")
    wish = Wish("divergent", 20, BOTH, listed=20)
    found = await retrieval.find(ViewQuery(b"17"), wish)
    raw = await world.retrieval().find(ViewQuery(b"17"), replace(wish, listed=None))
    assert got(found) == got(raw)
    assert all(entry.adjusted is None for entry in raw.ranked)
    assert found.exact


async def test_a_view_with_a_sample_orders_for_both(world: World) -> None:
    """The band is the blend's; inside it only one view can say what is unusual."""
    half = {**world.views, "drml": replace(world.views["drml"], usual=None)}
    retrieval = Retrieval(dict(half), world.catalogue, lambda _: b"")
    found = await retrieval.find(ViewQuery(b"4"), Wish("divergent", 30, BOTH, listed=30))
    values = [entry.adjusted for entry in found.ranked]
    assert values == sorted((value for value in values if value is not None), reverse=True)
    assert found.exact
