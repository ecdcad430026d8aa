"""Users' histories: the newest 1,000, in order, by recency, on disk."""

from pathlib import Path

import pytest

from diversity_gateway.histories import LIGHTEST, SeenPicture, newest, recent_first
from diversity_gateway.history_file import HistoryFile


def seen(name: str, weight: float = 1.0, day: int = 1) -> SeenPicture:
    return SeenPicture(name, weight, f"2026-11-{day:02}T12:00:00.000+00:00")


def test_the_newest_thousand_of_distinct_pictures() -> None:
    pictures = [seen(f"p{number}") for number in range(1_200)] + [seen("p300", 0.5)]
    kept = newest(pictures)
    assert len(kept) == 1_000
    assert kept[-1] == seen("p300", 0.5)  # seen again: the newest, at its new weight
    assert kept[0].image_id == "p200"
    assert [one.image_id for one in kept].count("p300") == 1


def test_weights_halve_by_the_half_life_before_the_newest() -> None:
    found = recent_first([seen("old", 0.8, 1), seen("mid", 1.0, 16), seen("new", 0.6, 31 - 1)], 14.0)
    weights = {one.image_id: one.weight for one in found}
    assert weights["new"] == 0.6
    assert weights["mid"] == pytest.approx(0.5)
    assert weights["old"] == pytest.approx(0.8 * 0.5 ** (29 / 14))


def test_no_weight_reaches_nothing() -> None:
    found = recent_first([seen("old", 1.0, 1), seen("new", 1.0, 30)], 0.1)
    assert [one.weight for one in found] == [LIGHTEST, 1.0]
    assert recent_first([], 1.0) == []


async def test_a_file_keeps_what_was_added(tmp_path: Path) -> None:
    store = HistoryFile(tmp_path / "h.sqlite")
    assert await store.add("u", [seen("a"), seen("b", 0.5)]) == 2
    assert await store.add("v", [seen("x")]) == 1
    assert await store.add("u", [seen("a", 0.25, 2), seen("c")]) == 3
    expected = [seen("b", 0.5), seen("a", 0.25, 2), seen("c")]
    assert await store.read("u") == expected
    store.close()
    again = HistoryFile(tmp_path / "h.sqlite")
    assert await again.read("u") == expected
    await again.clear("u")
    assert (await again.read("u"), await again.read("v")) == ([], [seen("x")])
    await again.clear("nobody")
    again.close()


async def test_a_file_keeps_the_newest_thousand_of_each(tmp_path: Path) -> None:
    store = HistoryFile(tmp_path / "h.sqlite")
    await store.add("v", [seen("x")])
    await store.add("u", [seen(f"p{number}") for number in range(990)])
    assert await store.add("u", [seen(f"q{number}") for number in range(20)]) == 1_000
    kept = [one.image_id for one in await store.read("u")]
    assert (kept[0], kept[-1], len(kept)) == ("p10", "q19", 1_000)
    assert len(await store.read("v")) == 1
    store.close()
