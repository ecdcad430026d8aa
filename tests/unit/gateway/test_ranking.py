"""The blend, its order and the proof, against scoring everything."""

import itertools
import math
import random
from collections.abc import Collection, Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diversity_gateway.ranking import (
    Band,
    Frontier,
    Mode,
    Order,
    Percentiles,
    agreement,
    blend,
    is_proven,
    order_key,
    unseen_key,
)
from diversity_gateway.ranking import select as select_columns
from tests.unit.gateway.columns import candidates

MODES: list[Mode] = ["divergent", "similar"]
SHARES = st.sampled_from([0.0, 0.1, 0.25, 0.3, 0.5, 0.7, 1.0]) | st.floats(0, 1)
WEIGHTS = st.fixed_dictionaries(
    {"a": st.sampled_from([1.0, 0.7, 1 / 3]), "b": st.sampled_from([0.0, 0.3, 1.0])}
)


def select(
    mode: Mode,
    pictures: Iterable[tuple[str, Percentiles]],
    weights: dict[str, float],
    *,
    band: Band | None = None,
    banned: Collection[str] = (),
) -> Order:
    return select_columns(mode, candidates(pictures, weights), weights, band=band, banned=banned)


def names(order: Order) -> list[str]:
    return [order.image_id(place) for place in range(len(order))]


def naive_ranking(
    mode: Mode, pictures: dict[str, Percentiles], weights: dict[str, float], band: Band | None
) -> list[str]:
    """Score everything with exact sums, sort, cut by the band."""
    scored = []
    for image_id, percentiles in pictures.items():
        views = [view for view in weights if view in percentiles and weights[view] > 0]
        if not views:
            continue
        total = math.fsum(weights[view] for view in views)
        divergence = math.fsum(weights[view] * percentiles[view] for view in views) / total
        if band is None or band.low <= divergence <= band.high:
            scored.append((divergence if mode == "similar" else -divergence, image_id))
    return [image_id for _, image_id in sorted(scored)]


def test_a_case_by_hand() -> None:
    pictures: dict[str, Percentiles] = {
        "x": {"a": 1.0, "b": 0.0},
        "y": {"a": 0.5, "b": 1.0},
        "z": {"a": 0.8},
        "w": {},
    }
    ranked = select("divergent", pictures.items(), {"a": 1.0, "b": 1.0})
    assert [(entry.image_id, entry.divergence) for entry in ranked.first(9)] == [
        ("z", 0.8),
        ("y", 0.75),
        ("x", 0.5),
    ]
    ranked = select("divergent", pictures.items(), {"a": 3.0, "b": 1.0})
    assert [(entry.image_id, entry.divergence) for entry in ranked.first(9)] == [
        ("z", 0.8),
        ("x", 0.75),
        ("y", 0.625),
    ]
    ranked = select("similar", pictures.items(), {"a": 0.0, "b": 1.0}, banned={"y"})
    assert [(entry.image_id, entry.divergence) for entry in ranked.first(9)] == [("x", 0.0)]


def test_ties_go_by_id_at_both_ends() -> None:
    pictures: list[tuple[str, Percentiles]] = [("b", {"a": 0.5}), ("a", {"a": 0.5}), ("c", {"a": 0.5})]
    for mode in MODES:
        assert names(select(mode, pictures, {"a": 1.0})) == ["a", "b", "c"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("band", [None, Band(0.2, 0.7), Band(0.5, 0.5)])
def test_equals_the_naive_twin(mode: Mode, band: Band | None) -> None:
    source = random.Random(f"{mode}{band}")
    for _ in range(50):
        weights = {"a": source.choice([1.0, 0.5]), "b": source.choice([1.0, 0.25])}
        pictures: dict[str, Percentiles] = {
            f"p{number}": {view: source.randrange(9) / 8 for view in "ab" if source.random() < 0.8}
            for number in range(30)
        }
        got = names(select(mode, pictures.items(), weights, band=band))
        assert got == naive_ranking(mode, pictures, weights, band)
        most = source.randrange(1, 31)
        part = select_columns(mode, candidates(pictures.items(), weights), weights, band=band, most=most)
        assert names(part) == got[: len(part)]
        assert part.whole is (most >= len(got))
        if not part.whole:
            after = select(mode, pictures.items(), weights, band=band).divergence[most - 1 :].tolist()
            assert len(part) == most - 1 + after.count(after[0]), "with what ties with the last"


@given(weights=WEIGHTS, low=st.tuples(SHARES, SHARES), step=st.tuples(SHARES, SHARES))
def test_the_blend_is_monotone_and_stays_among_its_parts(
    weights: dict[str, float], low: tuple[float, float], step: tuple[float, float]
) -> None:
    high = tuple(min(1.0, share + more) for share, more in zip(low, step, strict=True))
    columns = {view: np.array([low[place], high[place]]) for place, view in enumerate("ab")}
    below, above = blend(columns, weights).tolist()
    assert below <= above
    assert min(low) <= below <= max(low)


@given(
    mode=st.sampled_from(MODES),
    weights=WEIGHTS,
    pictures=st.lists(st.tuples(st.none() | SHARES, st.none() | SHARES), min_size=1, max_size=12),
    depth=st.integers(1, 6),
    wanted=st.integers(1, 4),
    band=st.none() | st.builds(lambda a, b: Band(min(a, b), max(a, b)), SHARES, SHARES),
)
def test_what_is_proven_equals_the_whole(  # noqa: PLR0917
    mode: Mode,
    weights: dict[str, float],
    pictures: list[tuple[float | None, float | None]],
    depth: int,
    wanted: int,
    band: Band | None,
) -> None:
    """Whatever the lists are cut at, a list that is called proven is the whole catalogue's."""
    whole: dict[str, Percentiles] = {
        f"p{number:02}": {view: share for view, share in zip("ab", shares, strict=True) if share is not None}
        for number, shares in enumerate(pictures)
    }
    same = all(len(shares) == 2 for shares in whole.values())
    seen, frontiers = set(), {}
    for view in (view for view in "ab" if weights[view] > 0):
        ranked = sorted(
            (order_key(mode, shares[view], key), key) for key, shares in whole.items() if view in shares
        )
        listed = [key for _, key in ranked[:depth]]
        seen.update(listed)
        last = whole[listed[-1]][view] if listed else 0.0
        frontiers[view] = Frontier(last, listed[-1] if listed else "", exhausted=len(listed) < depth)
    found = select(mode, ((key, whole[key]) for key in seen), weights, band=band)
    unseen = unseen_key(mode, frontiers, weights, same_pictures=same)
    everything = select(mode, whole.items(), weights, band=band)
    if is_proven(mode, found, wanted, unseen, band):
        assert found.first(wanted) == everything.first(wanted)
    if all(frontier.exhausted for frontier in frontiers.values()):
        assert is_proven(mode, found, wanted, unseen, band)


def test_one_view_is_proven_by_its_own_order() -> None:
    """A run of ties longer than the list needs no second look: the view broke the ties already."""
    frontier = {"a": Frontier(0.5, "p3")}
    unseen = unseen_key("divergent", frontier, {"a": 1.0}, same_pictures=True)
    found = select("divergent", ((f"p{number}", {"a": 0.5}) for number in range(4)), {"a": 1.0})
    assert is_proven("divergent", found, 4, unseen, None)
    assert not is_proven("divergent", found, 5, unseen, None)


def test_two_views_with_a_tie_at_the_bound_are_not_proven() -> None:
    frontiers = {"a": Frontier(0.5, "p3"), "b": Frontier(0.5, "p3")}
    unseen = unseen_key("similar", frontiers, {"a": 1.0, "b": 1.0}, same_pictures=True)
    found = select("similar", [("p3", {"a": 0.5, "b": 0.5})], {"a": 1.0, "b": 1.0})
    assert not is_proven("similar", found, 1, unseen, None)


def test_a_picture_that_one_view_lacks_may_enter_by_the_other() -> None:
    """With b alone it would reach b's frontier, 0.9, far beyond the blend of the frontiers, 0.5."""
    frontiers = {"a": Frontier(0.1, "x"), "b": Frontier(0.9, "y")}
    weights = {"a": 1.0, "b": 1.0}
    assert unseen_key("divergent", frontiers, weights, same_pictures=True) == (-0.5, "")
    assert unseen_key("divergent", frontiers, weights, same_pictures=False) == (-0.9, "")


def test_past_the_band_nothing_more_is_looked_for() -> None:
    unseen = unseen_key("divergent", {"a": Frontier(0.4, "x")}, {"a": 1.0}, same_pictures=True)
    assert is_proven("divergent", select("divergent", [], {"a": 1.0}), 3, unseen, Band(0.5, 0.9))
    assert not is_proven("divergent", select("divergent", [], {"a": 1.0}), 3, unseen, Band(0.3, 0.9))
    unseen = unseen_key("similar", {"a": Frontier(0.4, "x")}, {"a": 1.0}, same_pictures=True)
    assert is_proven("similar", select("similar", [], {"a": 1.0}), 3, unseen, Band(0.1, 0.3))
    assert not is_proven("similar", select("similar", [], {"a": 1.0}), 3, unseen, Band(0.1, 0.5))


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ({}, None),
        ({"a": 0.9}, None),
        ({"a": 0.9, "b": 0.6}, True),
        ({"a": 0.1, "b": 0.4}, True),
        ({"a": 0.9, "b": 0.4}, False),
        ({"a": 0.5, "b": 0.4}, True),
        ({"a": 0.5, "b": 0.6}, True),
        ({"a": 0.5, "b": 0.5}, True),
        ({"a": 0.5, "b": 0.4, "c": 0.6}, False),
    ],
)
def test_agreement(shares: dict[str, float], expected: bool | None) -> None:
    assert agreement(shares) is expected


def test_order_is_total() -> None:
    keys = [order_key("divergent", share, key) for share, key in itertools.product([0.0, 0.5, 1.0], "ab")]
    assert len(set(keys)) == 6
    assert min(keys) == (-1.0, "a")
