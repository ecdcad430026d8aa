"""Queries while pictures are added: the feed adds all of them, and the figures are those of the times."""

import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from drml_service.table import Table
from drml_service.two_ended import TwoEndedSearcher
from tests.bench.search_scaling import usual_of
from tests.bench.search_while_adding import AT_ONCE, Adding, Clock, Took, figures, while_adding

SOURCE = np.random.default_rng(9)
X = SOURCE.standard_normal((600, 8)).astype(np.float32)
FRESH = SOURCE.standard_normal((3 * AT_ONCE + 5, 8)).astype(np.float32)


def table_of() -> Table:
    ids = [f"{row:07}" for row in range(len(X))]
    table = Table(8, usual=usual_of(len(X)), learn_at=100)
    return table.changed(dict(zip(ids, X, strict=True)))


def test_every_picture_is_added_and_found(tmp_path: Path) -> None:
    table = table_of()
    adding = Adding(table, X[:50], tmp_path)
    adding.add(FRESH)
    adding.close()
    assert adding.added == len(FRESH)
    assert len(adding.table) == len(X) + len(FRESH)
    assert (len(table), adding.table.usual is not None) == (len(X), True)
    nearest, _ = TwoEndedSearcher().both(adding.table, FRESH[-1], 1)
    assert (nearest[0].image_id, nearest[0].distance) == (f"new-{len(FRESH)}", 0)


def test_there_are_as_many_quiet_queries(tmp_path: Path) -> None:
    encoded = list[int]()
    found = while_adding(
        table_of(), X[:20], FRESH, turns=2, out=tmp_path, encode=lambda given: encoded.append(len(given))
    )
    assert found["added"] == len(FRESH) == sum(encoded)
    assert max(encoded) == AT_ONCE
    assert found["queries_of_each"] > 0
    assert found["quiet"]["over_quiet_median"]["median"] == pytest.approx(1)
    assert list(tmp_path.iterdir()) == []


def test_figures_by_hand() -> None:
    quiet = [Took(ms, ms, 0) for ms in (1.0, 2.0, 3.0)]
    meanwhile = [Took(2.0, 2.0, 0.0), Took(9.0, 4.0, 2.5, 1.5), Took(3.0, 2.0, 0.5, 9.0)]
    found = figures(quiet, meanwhile)
    assert found["queries_of_each"] == 3
    assert found["quiet"]["ms"]["worst"] == 3
    told = found["meanwhile"]
    assert (told["ms"]["median"], told["ms"]["worst"]) == (3, 9)
    assert (told["over_quiet_median"]["worst"], told["beyond_twice"]) == (4.5, pytest.approx(1 / 3))
    assert (told["for_a_core_ms"]["worst"], told["for_the_lock_ms"]["worst"]) == (2.5, 2.5)
    # 9 less 2.5 of its own waiting, less 1.5 of the writer's while it waited for the lock.
    assert (told["with_two_cores_ms"]["median"], told["with_two_cores_ms"]["worst"]) == (2, 5)
    assert told["with_two_cores_over_quiet_median"]["worst"] == 2.5


def test_work_is_told_from_waiting() -> None:
    with closing(Clock()) as clock:
        idle = clock.timed(lambda: time.sleep(0.02))
        busy = clock.timed(lambda: sum(range(300_000)))
    assert idle.ms >= 20
    assert busy.worked > 10 * idle.worked
    for took in (idle, busy):
        assert took.ms >= took.worked + took.for_a_core - 0.1
