"""Retrieval over several views against scoring the whole catalogue."""

import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from diversity_contracts.problems import NotReady, TooManyRequests
from diversity_gateway.catalogue import Catalogue
from diversity_gateway.entries import Picture
from diversity_gateway.ranking import Band, Mode
from diversity_gateway.retrieve import Retrieval
from diversity_gateway.views import ViewQuery, ViewUnavailable
from diversity_gateway.wishes import Retrieved, Wish
from tests.fakes.numbers import NumbersView
from tests.unit.gateway.plain_evidence import select

QUERY = ViewQuery(b"picture")
PICTURE = Picture("0" * 64, "image/png", 1, 1, 1)
MODES: list[Mode] = ["divergent", "similar"]
BOTH = {"a": 1.0, "b": 1.0}


def filled(folder: Path, names: list[str]) -> Catalogue:
    catalogue = Catalogue(folder / "c.sqlite")
    with catalogue._database.writing() as connection:  # one transaction: the rows are not what is tested here
        for seq, name in enumerate(names, start=1):
            metadata = f'{{"parity": {seq % 2}, "tenth": {seq % 10}}}'
            connection.execute(
                "INSERT INTO images VALUES (?,?,?,1,1,1,'[]',?,'t','t',?,0)",
                (name, PICTURE.content_hash, PICTURE.media_type, metadata, seq),
            )
        connection.execute("UPDATE meta SET value=? WHERE key IN ('version', 'size')", (str(len(names)),))
    return catalogue


def naive(views: Mapping[str, NumbersView], wish: Wish) -> list[tuple[str, float]]:
    """Every picture of every view, blended, sorted."""
    shares: dict[str, dict[str, float]] = {}
    for name, view in views.items():
        for key, share in view.percentiles().items():
            shares.setdefault(key, {})[name] = share
    ranked = select(wish.mode, shares.items(), wish.weights, band=wish.band, banned=wish.exclude)
    return [(entry.image_id, entry.divergence) for entry in ranked[: wish.wanted]]


def got(found: Retrieved) -> list[tuple[str, float]]:
    return [(entry.image_id, entry.divergence) for entry in found.ranked]


def no_picture(_: str) -> bytes:
    raise AssertionError("no picture should be read")


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return filled(tmp_path_factory.mktemp("large"), [f"p{number:05}" for number in range(20_000)])


def two_views(kind: str, names: list[str]) -> dict[str, NumbersView]:
    """Views that agree, disagree, have nothing to do with each other, or are full of ties."""
    source = random.Random(kind)
    first, second = dict[str, float](), dict[str, float]()
    for name in names:
        share = float(source.randrange(5)) if kind == "ties" else source.random()
        noise = source.gauss(0, 0.05)
        first[name] = share
        second[name] = {
            "agree": share + noise,
            "opposed": noise - share,
            "unrelated": source.random(),
            "ties": float(source.randrange(5)),
        }[kind]
    return {"a": NumbersView(first, len(names)), "b": NumbersView(second, len(names))}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", ["agree", "opposed", "unrelated", "ties"])
async def test_two_views_equal_scoring_everything(large: Catalogue, kind: str, mode: Mode) -> None:
    views = two_views(kind, [f"p{number:05}" for number in range(20_000)])
    wish = Wish(mode, 10, {"a": 0.7, "b": 0.3}, exclude=frozenset({"p00001"}))
    found = await Retrieval(views, large, no_picture).find(QUERY, wish)
    assert got(found) == naive(views, wish)
    assert found.exact
    if kind == "agree":  # the candidates must be a small part, or the proof costs what it saves
        assert max(views["a"].depths) < 2_000


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("band", [Band(0.8, 0.95), Band(0.0, 0.1), Band(0.5, 0.5), Band(0.45, 0.55)])
async def test_bands_over_two_views(large: Catalogue, mode: Mode, band: Band) -> None:
    views = two_views("agree", [f"p{number:05}" for number in range(20_000)])
    wish = Wish(mode, 5, BOTH, band=band)
    found = await Retrieval(views, large, no_picture).find(QUERY, wish)
    assert got(found) == naive(views, wish)
    assert found.exact


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("band", [None, Band(0.3, 0.4)])
async def test_one_view_reads_no_deeper_than_it_must(large: Catalogue, mode: Mode, band: Band | None) -> None:
    names = [f"p{number:05}" for number in range(20_000)]
    view = NumbersView({name: float(hash_ % 97) for hash_, name in enumerate(names)}, 20_000)
    wish = Wish(mode, 6, {"a": 1.0}, band=band)
    found = await Retrieval({"a": view}, large, no_picture).find(QUERY, wish)
    assert got(found) == naive({"a": view}, wish)
    assert found.exact
    assert len(view.depths) <= 2
    if band is None:
        assert view.depths == [22]


@pytest.mark.parametrize("weights", [{"a": 1.0}, BOTH])
async def test_filters_both_ways(large: Catalogue, weights: dict[str, float]) -> None:
    """`tenth` passes 2,000 pictures and is measured; `parity` passes 10,000 and is walked."""
    names = [f"p{number:05}" for number in range(20_000)]
    both = two_views("unrelated", names)
    views = {name: both[name] for name in weights}
    for key, value, modulus in (("tenth", 3, 10), ("parity", 1, 2)):
        wish = Wish("divergent", 8, weights, filter={key: (value,)})
        found = await Retrieval(views, large, no_picture).find(QUERY, wish)
        passing = {name for seq, name in enumerate(names, start=1) if seq % modulus == value}
        everything = naive(views, Wish("divergent", 20_000, weights))
        assert got(found) == [entry for entry in everything if entry[0] in passing][:8]
        assert found.exact
    assert [count for count in views["a"].measured if count == 2_000] == [2_000]


async def test_fewer_than_wanted_are_all_there_are(tmp_path: Path) -> None:
    catalogue = filled(tmp_path, ["x", "y", "z"])
    view = NumbersView({"x": 1.0, "y": 2.0, "z": 3.0}, 3)
    found = await Retrieval({"a": view}, catalogue, no_picture).find(QUERY, Wish("similar", 50, {"a": 1.0}))
    assert got(found) == [("x", 0.0), ("y", 0.5), ("z", 1.0)]
    assert found.exact


async def test_the_query_s_own_entry_is_neither_counted_nor_returned(tmp_path: Path) -> None:
    catalogue = filled(tmp_path, ["x", "y", "z"])
    views = {
        "a": NumbersView({"x": 0.0, "y": 2.0, "z": 3.0}, 3, own="x"),
        "b": NumbersView({"x": 0.0, "y": 3.0, "z": 2.0}, 3, own="x"),
    }
    wish = Wish("similar", 5, BOTH)
    found = await Retrieval(views, catalogue, no_picture).find(ViewQuery(image_id="x"), wish)
    assert got(found) == [("y", 0.5), ("z", 0.5)]
    assert found.exact


async def test_a_view_that_lacks_the_query_is_asked_with_its_bytes(tmp_path: Path) -> None:
    catalogue, read = filled(tmp_path, ["x", "y", "z"]), list[str]()
    view = NumbersView({"y": 2.0, "z": 3.0}, 2)

    def picture(image_id: str) -> bytes:
        read.append(image_id)
        return b"bytes"

    found = await Retrieval({"a": view}, catalogue, picture).find(
        ViewQuery(image_id="x"), Wish("similar", 5, {"a": 1.0})
    )
    assert got(found) == [("y", 0.0), ("z", 1.0)]
    assert read == ["x"]
    assert not found.exact


async def test_a_picture_that_one_view_lacks_counts_by_the_other(tmp_path: Path) -> None:
    catalogue = filled(tmp_path, ["w", "x", "y", "z"])
    views = {
        "a": NumbersView({"w": 1.0, "x": 2.0, "y": 3.0, "z": 4.0}, 4),
        "b": NumbersView({"w": 1.0, "x": 3.0, "y": 2.0}, 3),
    }
    found = await Retrieval(views, catalogue, no_picture).find(QUERY, Wish("divergent", 4, BOTH))
    assert got(found) == [("z", 1.0), ("x", pytest.approx(2 / 3)), ("y", pytest.approx(7 / 12)), ("w", 0.0)]
    assert "z" not in found.measured["b"]
    assert not found.exact


@pytest.mark.parametrize("reason", ["late", "down", "loading", "busy"])
async def test_a_missing_view_costs_its_numbers(tmp_path: Path, reason: str) -> None:
    catalogue = filled(tmp_path, ["x", "y"])
    views = {
        "a": NumbersView({"x": 1.0, "y": 2.0}, 2),
        "b": NumbersView({}, fails=ViewUnavailable(reason, "")),
    }
    found = await Retrieval(views, catalogue, no_picture).find(QUERY, Wish("divergent", 5, BOTH))
    assert got(found) == [("y", 1.0), ("x", 0.0)]
    assert (found.accounts["a"].status, found.accounts["b"].status) == ("ok", reason)
    assert not found.exact


async def test_no_view_at_all(tmp_path: Path) -> None:
    catalogue = filled(tmp_path, ["x"])
    down = {name: NumbersView({}, fails=ViewUnavailable("down", "")) for name in "ab"}
    with pytest.raises(NotReady):
        await Retrieval(down, catalogue, no_picture).find(QUERY, Wish("divergent", 5, BOTH))
    busy = {name: NumbersView({}, fails=ViewUnavailable("busy", "")) for name in "ab"}
    with pytest.raises(TooManyRequests):
        await Retrieval(busy, catalogue, no_picture).find(QUERY, Wish("divergent", 5, BOTH))


async def test_an_index_that_lags_is_not_exact(tmp_path: Path) -> None:
    """The catalogue has deleted `y` and added `z`; the view knows of neither."""
    catalogue = filled(tmp_path, ["x", "y"])
    catalogue.delete("y")
    catalogue.put("z", PICTURE)
    view = NumbersView({"x": 1.0, "y": 2.0}, 2)
    found = await Retrieval({"a": view}, catalogue, no_picture).find(QUERY, Wish("divergent", 5, {"a": 1.0}))
    assert got(found) == [("x", 0.0)]
    assert not found.exact


async def test_a_view_that_moves_between_replies(tmp_path: Path) -> None:
    """Once: asked afresh, exact. On and on: an answer all the same, and not called exact."""
    names = [f"p{number}" for number in range(200)]
    source = random.Random(3)
    catalogue = filled(tmp_path, names)

    def views(moves: int) -> dict[str, NumbersView]:
        built = {name: NumbersView({key: source.random() for key in names}, 200) for name in "ab"}
        built["a"].moves = moves
        return built

    settled = views(1)
    settled["a"].applied = 199
    found = await Retrieval(settled, catalogue, no_picture).find(QUERY, Wish("divergent", 5, BOTH))
    assert got(found) == naive(settled, Wish("divergent", 5, BOTH))
    assert found.exact

    restless = views(1_000)
    found = await Retrieval(restless, catalogue, no_picture).find(QUERY, Wish("divergent", 5, BOTH))
    assert got(found) == naive(restless, Wish("divergent", 5, BOTH))
    assert not found.exact


async def test_replies_of_two_states_are_not_exact_even_if_the_last_is_in_step(tmp_path: Path) -> None:
    """Three attempts end at a move; the fourth has its first list from change 199 and the rest from 200."""
    names = [f"p{number}" for number in range(200)]
    source = random.Random(4)
    views = {name: NumbersView({key: source.random() for key in names}, 200) for name in "ab"}
    views["a"].applied, views["a"].moves = 193, 7
    found = await Retrieval(views, filled(tmp_path, names), no_picture).find(
        QUERY, Wish("divergent", 5, BOTH)
    )
    stand = found.accounts["a"].stand
    assert stand is not None
    assert (stand.applied, stand.count) == (found.snapshot.version, found.snapshot.size)
    assert found.proven
    assert not found.exact
