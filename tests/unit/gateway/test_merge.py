"""The merged ranking of two views over 20,000 pictures against scoring the whole catalogue in both.

Vectors come in clusters and some pictures have twins; a sentence has a few words of a vocabulary whose words
are of very unequal frequency, so that most sentences share none with the query and tie at the far end.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from diversity_contracts.problems import NotReady
from diversity_gateway.catalogue import Catalogue
from diversity_gateway.ranking import Band, Mode
from diversity_gateway.retrieve import Retrieval
from diversity_gateway.views import Asked, Listing, Measures, Stand, ViewQuery, ViewUnavailable
from diversity_gateway.wishes import Refused, Retrieved, Wish
from tests.fakes.catalogue_views import ArrayView, SentenceView
from tests.fakes.numbers import NumbersView

SIZE = 20_000
QUERIES = 200
WORDS = 4
VOCABULARY = 60
EQUAL = {"drml": 1.0, "caption": 1.0}
MODES: list[Mode] = ["divergent", "similar"]


@dataclass
class World:
    """The catalogue and both views of it."""

    names: list[str]
    catalogue: Catalogue
    drml: ArrayView
    caption: SentenceView

    def retrieval(self, refused: dict[str, Refused] | None = None) -> Retrieval:
        known = refused or {}
        return Retrieval(
            {"drml": self.drml, "caption": self.caption},
            self.catalogue,
            _no_picture,
            lambda name: known.get(name, Refused()),
        )


def _no_picture(_: str) -> bytes:
    raise AssertionError("no picture should be read")


def _vectors(source: np.random.Generator) -> NDArray[np.float64]:
    centres = source.normal(size=(40, 8)) * 3
    vectors = centres[source.integers(40, size=SIZE)] + source.normal(size=(SIZE, 8))
    twins = source.choice(SIZE, size=(200, 2), replace=False)
    vectors[twins[:, 1]] = vectors[twins[:, 0]]
    return vectors


def _sentences(source: np.random.Generator) -> NDArray[np.float64]:
    # The WORDS smallest of exponentials, each divided by its frequency: a draw without replacement, whole.
    keys = source.exponential(size=(SIZE, VOCABULARY)) * np.arange(8, VOCABULARY + 8)
    rows = np.zeros((SIZE, VOCABULARY))
    np.put_along_axis(rows, np.argpartition(keys, WORDS, axis=1)[:, :WORDS], 1, axis=1)
    return rows


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    source = np.random.default_rng(7)
    names = [f"p{number:05}" for number in range(SIZE)]
    catalogue = Catalogue(tmp_path_factory.mktemp("world") / "c.sqlite")
    with catalogue._database.writing() as connection:  # one transaction: the rows are not what is tested
        connection.executemany(
            "INSERT INTO images VALUES (?,'0','image/png',1,1,1,'[]',?,'t','t',?,0)",
            [(name, f'{{"third": {seq % 3}, "rare": {seq % 50}}}', seq) for seq, name in enumerate(names, 1)],
        )
        connection.execute("UPDATE meta SET value=? WHERE key IN ('version', 'size')", (str(SIZE),))
    stand = Stand("made", SIZE, SIZE)
    drml = ArrayView(names, _vectors(source), stand)
    yield World(names, catalogue, drml, SentenceView(names, _sentences(source), stand))
    catalogue.close()


def everything(world: World, row: int, own: bool, wish: Wish) -> list[tuple[str, float]]:
    """Every picture scored in both views, cut, sorted; no part of the gateway has a hand in it."""
    at = row if own else None
    shares = {"drml": world.drml.percentiles(row, at), "caption": world.caption.percentiles(row, at)}
    weighted = [(weight, shares[name]) for name, weight in wish.weights.items() if weight > 0]
    if len(weighted) == 1:
        blend = weighted[0][1]
    else:
        (one, first), (two, second) = weighted
        mean = (one * first + two * second) / (one + two)
        blend = np.clip(mean, np.minimum(first, second), np.maximum(first, second))
    keep = ~np.isnan(blend)
    if wish.band is not None:
        keep &= (blend >= wish.band.low) & (blend <= wish.band.high)
    if wish.filter is not None:
        ((key, accepted),) = wish.filter.items()
        modulus = {"third": 3, "rare": 50}[key]
        keep &= np.isin(np.arange(1, SIZE + 1) % modulus, list(accepted))
    sign = -1 if wish.mode == "divergent" else 1
    keep[[int(name[1:]) for name in wish.exclude]] = False
    found = np.flatnonzero(keep)
    found = found[np.lexsort((found, sign * blend[found]))]  # rows are in the order of ids
    return [(world.names[key], float(blend[key])) for key in found[: wish.wanted]]


def got(found: Retrieved) -> list[tuple[str, float]]:
    return [(entry.image_id, entry.divergence) for entry in found.ranked]


def _wish(world: World, number: int, source: random.Random) -> Wish:
    """Of six queries one has a filter, one weights, one ids to leave out, one all the further pages; of
    eighteen one has a band, which reads a third of the catalogue in both views."""
    kind = number % 6
    weights = EQUAL
    if kind == 3:
        weights = source.choice(
            [{"drml": 0.7, "caption": 0.3}, {"drml": 0.1, "caption": 9.0}, {"drml": 0.0, "caption": 1.0}]
        )
    filters = {"third": (source.randrange(3),)} if number % 12 == 1 else {"rare": (source.randrange(50), 51)}
    return Wish(
        mode=MODES[number // 6 % 2],
        wanted=source.choice([1, 6, 30]) if kind != 5 else 101,
        weights=weights,
        band=source.choice([Band(0.8, 0.95), Band(0.0, 0.2), Band(0.9, 1.0)]) if number % 18 == 2 else None,
        exclude=frozenset(source.sample(world.names, 300)) if kind == 4 else frozenset(),
        filter=filters if kind == 1 else None,
    )


async def test_queries_equal_scoring_everything(world: World) -> None:
    source = random.Random(11)
    retrieval = world.retrieval()
    for number in range(QUERIES):
        row, own = source.randrange(SIZE), number % 2 == 0
        wish = _wish(world, number, source)
        query = ViewQuery(image_id=world.names[row]) if own else ViewQuery(str(row).encode())
        found = await retrieval.find(query, wish)
        assert got(found) == everything(world, row, own, wish), (number, wish)
        assert found.exact


@pytest.mark.parametrize("mode", MODES)
async def test_pages_equal_the_whole(world: World, mode: Mode) -> None:
    """A page is the end of a longer list, so what it shows must not depend on how far the list was read."""
    whole = everything(world, 5, False, Wish(mode, 120, EQUAL))
    retrieval, pages = world.retrieval(), list[tuple[str, float]]()
    for offset in range(0, 120, 40):
        found = await retrieval.find(ViewQuery(b"5"), Wish(mode, offset + 40, EQUAL))
        assert found.exact
        pages += got(found)[offset:]
    assert pages == whole


async def test_a_tie_of_most_of_the_catalogue_costs_little(world: World) -> None:
    """60 % and more share no word with the query: the far end of the caption view is one tie.

    The list of that view need not be read to the tie's end: any picture in it has the tie's percentile.
    """
    for row in range(20):
        shares = world.caption.percentiles(row, None)
        assert (shares == shares.max()).mean() >= 0.5
        world.drml.entries = world.caption.entries = 0
        found = await world.retrieval().find(ViewQuery(str(row).encode()), Wish("divergent", 6, EQUAL))
        assert found.exact
        assert world.drml.entries < 0.02 * SIZE
        assert world.caption.entries < 0.02 * SIZE


async def test_a_view_behind_the_catalogue_is_never_exact(world: World) -> None:
    for stand in (Stand("made", SIZE - 1, SIZE), Stand("made", SIZE, SIZE - 1)):
        world.caption.stand = stand
        found = await world.retrieval().find(ViewQuery(b"3"), Wish("divergent", 6, EQUAL))
        assert not found.exact
        assert got(found) == everything(world, 3, False, Wish("divergent", 6, EQUAL))
        alone = await world.retrieval().find(ViewQuery(b"3"), Wish("divergent", 6, {"drml": 1.0}))
        assert alone.exact
    world.caption.stand = world.drml.stand


async def test_a_view_down_is_never_exact(world: World) -> None:
    down = NumbersView({}, fails=ViewUnavailable("down", ""))
    retrieval = Retrieval({"drml": world.drml, "caption": down}, world.catalogue, _no_picture)
    found = await retrieval.find(ViewQuery(b"3"), Wish("divergent", 6, EQUAL))
    assert not found.exact
    assert got(found) == everything(world, 3, False, Wish("divergent", 6, {"drml": 1.0}))
    with pytest.raises(NotReady):
        await retrieval.find(ViewQuery(b"3"), Wish("divergent", 6, {"drml": 0.0, "caption": 1.0}))


@pytest.mark.parametrize("mode", MODES)
async def test_refused_pictures_are_measured_by_the_other_view(world: World, mode: Mode) -> None:
    """The caption view refuses the pictures that stand at one end of the other; they count by that alone."""
    row = 9
    ends = everything(world, row, False, Wish(mode, 40, {"drml": 1.0}))
    absent = frozenset(name for name, _ in ends[10:40:7])
    keep = [place for place, name in enumerate(world.names) if name not in absent]
    smaller = _Shifted(
        [world.names[place] for place in keep],
        world.caption.rows[keep],
        Stand("made", SIZE, SIZE - len(absent)),
    )
    shares = dict(zip(smaller.names, smaller.percentiles(keep.index(row), None).tolist(), strict=True))
    known = {"caption": Refused(SIZE, absent)}
    smaller.keep = keep
    views = {"drml": world.drml, "caption": smaller}
    told = Retrieval(views, world.catalogue, _no_picture, lambda name: known.get(name, Refused()))
    found = await told.find(ViewQuery(str(row).encode()), Wish(mode, 12, EQUAL))
    by_drml = dict(zip(world.names, world.drml.percentiles(row, None).tolist(), strict=True))
    blends = {
        name: by_drml[name] if name in absent else (by_drml[name] + shares[name]) / 2 for name in world.names
    }
    sign = -1 if mode == "divergent" else 1
    expected = sorted(blends, key=lambda name: (sign * blends[name], name))[:12]
    assert [entry.image_id for entry in found.ranked] == expected
    assert found.exact
    assert absent & set(expected)
    # Not told of them, nothing may be called exact: one of them could be missing from every list.
    blind = await Retrieval(views, world.catalogue, _no_picture).find(
        ViewQuery(str(row).encode()), Wish(mode, 12, EQUAL)
    )
    assert not blind.exact


class _Shifted(SentenceView):
    """A view that lacks pictures, asked with the rows of the whole catalogue."""

    keep: list[int]

    async def ends(self, query: ViewQuery | Asked, mode: Mode, depth: int) -> Listing:
        return await super().ends(self._own(query), mode, depth)

    async def measure(self, query: ViewQuery | Asked, image_ids: Sequence[str]) -> Measures:
        return await super().measure(self._own(query), image_ids)

    def _own(self, query: ViewQuery | Asked) -> ViewQuery | Asked:
        if isinstance(query, Asked):
            return query
        return ViewQuery(str(self.keep.index(int(query.picture or b""))).encode())
