"""The corrections weighed for histories, by hand and against the service's own."""

import numpy as np
import pytest

from diversity_view.usual import Usual
from drml_service.correction import usual_distances
from drml_service.histories import HistorySearch, Members
from drml_service.table import Table
from tests.bench import corrections_of_histories as weighed

SOURCE = np.random.default_rng(8)
VECTORS = SOURCE.normal(size=(300, 4)).astype(np.float32)
SAMPLE = SOURCE.normal(size=(20, 4)).astype(np.float32)


def test_the_taken_one_is_the_service_s() -> None:
    names = [f"p{row:03}" for row in range(len(VECTORS))]
    usual = usual_distances(VECTORS, SAMPLE)
    table = Table(4, usual=Usual().changed(names, usual)).changed(dict(zip(names, VECTORS, strict=True)))
    members, weights = VECTORS[[3, 9, 40]], np.array([1.0, 0.3, 0.6])
    served = HistorySearch(table, Members(members, weights, frozenset({3, 9, 40}))).end(300, "farthest")
    taken = weighed.CORRECTIONS["z of the holding member (taken)"]
    found = taken(weighed.apart(members, VECTORS), weights, usual)
    assert [hit.adjusted for hit in served] == pytest.approx(
        [found[int(hit.image_id[1:])] for hit in served], abs=1e-6
    )


def test_by_hand() -> None:
    """One picture, 2 and 6 from the members; weights 1 and ½, so that the first holds it; μ = 1, σ = 5."""
    far, weights, usual = np.array([[2.0], [6.0]]), np.array([1.0, 0.5]), np.array([[1.0, 5.0]])
    values = {name: float(one(far, weights, usual)[0]) for name, one in weighed.CORRECTIONS.items()}
    assert values == {
        "none": 2.0,
        "z of the holding member (taken)": 3.0,
        "z of the least D ÷ w": 3.0,
        "mean of the members' z by weight": pytest.approx((3 + 0.5 * 259) / 1.5),
        "least of the members' z": 3.0,
    }


def test_the_usual_least_of_two_draws() -> None:
    """From 1 and 2, so 1 and 16 to the fourth: the least is 16 once in four times."""
    mean, deviation = weighed.usual_least(np.array([[2.0, 1.0]]), 2)[0]
    assert mean == pytest.approx(1 + 15 / 4)
    assert deviation == pytest.approx(15 * (3 / 16) ** 0.5)


@pytest.mark.parametrize("kind", weighed.WEIGHTS)
@pytest.mark.parametrize("alike", [True, False])
def test_rows_cover_every_correction(kind: str, alike: bool) -> None:
    classes = np.arange(len(VECTORS)) % 7
    histories = list(weighed.drawn(classes, alike, 30, np.random.default_rng(2)))
    assert all(len(set(members)) == weighed.MEMBERS for members in map(list, histories))
    assert all(len(np.unique(classes[members])) == 1 for members in histories) is alike
    found = list(weighed.rows(VECTORS, SAMPLE, histories, np.array(weighed.WEIGHTS[kind])))
    assert len(found) == len(weighed.CORRECTIONS) + (kind == "equal")
    for _, distinct, top, mean in found:
        assert 3 <= distinct <= 90
        assert 0 < top <= 1
        assert 0.9 < mean <= 1
