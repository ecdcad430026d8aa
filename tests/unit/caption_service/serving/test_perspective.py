"""Sentences as seen from a history, and from each other, against loops."""

import random

import numpy as np
import pytest

from caption_service.pairwise import pair_distances
from caption_service.perspective import Perspective
from caption_service.sentences import Sentences
from caption_service.table import Table
from caption_service.written import Written
from diversity_view.records import Indexed
from tests.fakes.captioner import WordSpace

SPACE = WordSpace()


def sentence(source: random.Random) -> str:
    return " ".join(source.sample(SPACE.WORDS, source.randint(1, 4)))


def table_of(source: random.Random, count: int) -> Table:
    """Grown in several steps, so that the sentences lie in several segments, with some rows dead."""
    table = Table(Sentences(SPACE.dimension))
    for start in range(0, count, 7):
        entries = {
            f"p{place}": Indexed(
                Written(sentence(source), -1.0), tuple(sentence(source) for _ in range(source.randint(0, 3)))
            )
            for place in range(start, min(start + 7, count))
        }
        table = table.changed(entries, [f"p{start - 3}"], SPACE.vectors)
    return table


def similarity(table: Table, row: int, vector: np.ndarray) -> float:
    """The largest over a row's captions."""
    return float(table.similarities(vector)[1][row])


@pytest.mark.parametrize("seed", range(5))
def test_a_history_is_the_least_over_its_members(seed: int) -> None:
    source = random.Random(seed)
    table = table_of(source, 40)
    members = SPACE.vectors([sentence(source) for _ in range(6)])
    weights = [source.choice([0.2, 0.5, 1.0]) for _ in range(6)]
    seen = Perspective.of_history(table, members, weights, {3})
    assert 3 not in seen.counted
    assert set(seen.counted) == set(np.flatnonzero(table.alive)) - {3}
    for row in seen.counted.tolist():
        gaps = [
            (1 - similarity(table, row, member)) / weight
            for member, weight in zip(members, weights, strict=True)
        ]
        assert -seen.rows[row] == pytest.approx(min(gaps))
        closest = members[int(np.argmin(gaps))]
        (found,) = seen.neighbors(np.array([row]))
        assert found.similarity == pytest.approx(similarity(table, row, closest), abs=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_pairs_are_the_closest_of_the_captions(seed: int) -> None:
    table = table_of(random.Random(seed), 30)
    rows = np.flatnonzero(table.alive).tolist()
    found = pair_distances(table, rows)
    for one in range(len(rows)):
        for other in range(len(rows)):
            expected = 1 - max(
                similarity(table, rows[other], SPACE.vectors([said])[0])
                for said in table.entry(rows[one]).cleaned
            )
            assert found[one, other] == (0 if one == other else pytest.approx(expected, abs=1e-6))


def test_no_pictures_have_no_pairs() -> None:
    assert pair_distances(Table(Sentences(SPACE.dimension)), []).shape == (0, 0)
