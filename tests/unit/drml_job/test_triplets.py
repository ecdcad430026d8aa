"""Triplets: every draw obeys the rule, uniformly; the text file gives back what was written."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from drml_job import triplets

LABELS = np.array([2, 0, 0, 5, 5, 5, 2, 0, 7, 2, 2])  # class 7 has one picture, classes 1, 3, 4, 6 none
ROWS = np.arange(len(LABELS))


def draw(count: int, seed: int = 0) -> triplets.Rows:
    return triplets.draw(LABELS, ROWS, count, np.random.default_rng(seed))


def test_positives_share_the_class_and_negatives_do_not() -> None:
    query, positive, negative = draw(5000).T
    assert (LABELS[query] == LABELS[positive]).all()
    assert (query != positive).all()
    assert (LABELS[query] != LABELS[negative]).all()


def test_every_possible_triplet_is_drawn_equally_often_for_its_query() -> None:
    possible = {
        (q, p, n)
        for q in ROWS
        for p in ROWS
        for n in ROWS
        if q != p and LABELS[q] == LABELS[p] and LABELS[n] != LABELS[q]
    }
    count = 100_000
    seen = Counter(map(tuple, draw(count).tolist()))
    assert set(seen) == possible
    queries = {q for q, _, _ in possible}
    for q in queries:
        own = [seen[t] for t in possible if t[0] == q]
        expected = count / len(queries) / len(own)
        # Six deviations of a Poisson count.
        assert max(abs(number - expected) for number in own) < 6 * expected**0.5


def test_only_the_given_rows_are_drawn() -> None:
    rows = np.array([1, 2, 3, 4])
    drawn = triplets.draw(LABELS, rows, 500, np.random.default_rng(0))
    assert set(drawn.ravel().tolist()) == {1, 2, 3, 4}


def test_the_same_seed_draws_the_same() -> None:
    assert (draw(50, seed=3) == draw(50, seed=3)).all()
    assert (draw(50, seed=3) != draw(50, seed=4)).any()


@pytest.mark.parametrize("labels", [[0, 0, 0], [0, 1, 2]])
def test_without_a_possible_triplet_the_reason_is_said(labels: list[int]) -> None:
    array = np.array(labels)
    with pytest.raises(ValueError, match="class"):
        triplets.draw(array, np.arange(3), 5, np.random.default_rng(0))


def test_in_class_triplets_are_ordered_by_the_encoder() -> None:
    positions = np.array([0.0, 1.0, 3.5, 0.2, 4.0, 9.0, 2.0, 8.0, 5.0, 7.0, 6.5], dtype=np.float32)

    def distances(a: triplets.Rows, b: triplets.Rows) -> NDArray[np.float32]:
        between: NDArray[np.float32] = np.abs(positions[a] - positions[b])
        return between

    drawn = triplets.draw_in_class(LABELS, ROWS, 2000, np.random.default_rng(0), distances)
    query, positive, negative = drawn.T
    assert (LABELS[query] == LABELS[positive]).all()
    assert (LABELS[query] == LABELS[negative]).all()
    assert all(len(set(row)) == 3 for row in drawn.tolist())
    assert (distances(query, positive) <= distances(query, negative)).all()
    assert set(LABELS[query].tolist()) == {0, 2, 5}  # class 7 has no three pictures


def test_the_file_gives_back_paths_with_spaces_and_percent_signs(tmp_path: Path) -> None:
    paths = ["cats/a b.png", "cats/100%.png", "dogs/%20.png", "dogs/ü\t1.png"]
    written = np.array([[0, 1, 2], [3, 2, 0], [1, 0, 3]])
    file = tmp_path / "triplets.txt"
    triplets.write(file, written, paths)
    lines = file.read_text().splitlines()
    assert lines[0] == "cats/a%20b.png cats/100%25.png dogs/%2520.png"
    assert (triplets.read(file, paths) == written).all()


def test_a_line_of_unknown_paths_is_named(tmp_path: Path) -> None:
    file = tmp_path / "triplets.txt"
    file.write_text("a b c\na b x\n")
    with pytest.raises(ValueError, match="line 2"):
        triplets.read(file, ["a", "b", "c"])
