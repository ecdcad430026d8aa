"""Lists of one end for several queries in one pass, each with its own row left out, beside one at a time."""

from dataclasses import replace

import numpy as np
import pytest

from diversity_view.usual import Usual
from drml_service.correction import CorrectingSearcher, usual_distances
from drml_service.search import End
from drml_service.searcher import Hit, ends_of
from drml_service.table import Table
from drml_service.two_ended import TwoEndedSearcher
from tests.fakes.searcher import BruteForce

CODES, BRUTE = TwoEndedSearcher(), BruteForce()


def drawn_table(count: int) -> tuple[Table, np.ndarray]:
    random = np.random.default_rng(11)
    x = (random.standard_normal((count, 48)) * (1 + np.arange(48) / 4) ** -1.0).astype(np.float32)
    x[::9] = x[3]
    ids = (f"{(place * 7_919) % 1_000_003:07}" for place in range(count))
    return Table(48, learn_at=64).changed(dict(zip(ids, x, strict=True))), x


@pytest.mark.parametrize("end", ["nearest", "farthest"])
@pytest.mark.parametrize("n", [1, 12, 60, 598, 599, 600, 700])
def test_each_query_gets_what_it_would_get_alone(n: int, end: End) -> None:
    table, x = drawn_table(600)
    queries, owns = x[[5, 9, 9, 400, 18]].copy(), [5, 9, None, None, 18]
    queries[3] += np.float32(0.01)
    alone = [BRUTE.end(table, q, n, end, own=own) for q, own in zip(queries, owns, strict=True)]
    assert CODES.ends(table, queries, n, end, owns=owns) == alone
    assert ends_of(BRUTE, table, queries, n, end, owns=owns) == alone


def test_the_correction_is_the_same() -> None:
    table, x = drawn_table(600)
    rows = np.arange(len(table))
    usually = usual_distances(table.vectors(rows), x[:50])
    usual = replace(table, usual=Usual().changed([str(name) for name in table.ids(rows)], usually))
    searcher = CorrectingSearcher(CODES)
    queries, owns = x[[5, 400]], [5, None]
    alone = [searcher.end(usual, q, 20, "farthest", own=own) for q, own in zip(queries, owns, strict=True)]
    found = ends_of(searcher, usual, queries, 20, "farthest", owns=owns)
    assert found == alone
    assert all(isinstance(hit, Hit) and hit.adjusted is not None for hits in found for hit in hits)
    nearest = ends_of(searcher, usual, queries, 20, "nearest", owns=owns)
    assert all(hit.adjusted is None for hits in nearest for hit in hits)
