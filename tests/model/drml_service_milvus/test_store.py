"""The index in Milvus over time: batches whole or not at all, restarts, readers of earlier moments."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from diversity_contracts.problems import InvalidParameter, NotReady
from diversity_view.records import Batch, Position
from drml_service.milvus.client import Collection, Server
from drml_service.milvus.searcher import MilvusSearcher
from drml_service.milvus.store import GRACE_S, MilvusStore
from drml_service.milvus.table import MilvusTable
from drml_service.search import Float32
from tests.fakes.milvus import Embedded
from tests.fakes.waiting import PATIENCE_S, eventually
from tests.model.drml_service_milvus.conftest import NAMES, batch, content_of

VECTORS = {name: np.full(3, place, dtype=np.float32) for place, name in enumerate("abcdef")}
ZERO = np.zeros(3, dtype=np.float32)


class Clock:
    """Seconds that pass when told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Failing:
    """A collection whose write `at` fails, though it may `arrive`, and any deletion while it `keeps`."""

    def __init__(self, collection: Collection) -> None:
        self._collection, self.at, self.arrive, self.keeps = collection, 0, False, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._collection, name)

    def write(self, rows: Sequence[dict[str, Any]]) -> None:
        self.at -= 1
        if self.at == 0 and self.arrive:
            self._collection.write(rows)
        if self.at == 0:
            raise NotReady("The store of the vectors does not answer.")
        self._collection.write(rows)

    def delete(self, expression: str) -> None:
        if self.keeps:
            raise NotReady("The store of the vectors does not answer.")
        self._collection.delete(expression)


@pytest.fixture
def collection(embedded: Embedded) -> Collection:
    return Server(embedded.uri, timeout_s=PATIENCE_S).open(f"drml_store_{next(NAMES):x}", 4)


def names(table: MilvusTable) -> list[str]:
    """Every picture of a table, nearest to the origin first."""
    return [hit.image_id for hit in MilvusSearcher().end(table, ZERO, 100, "nearest")]


async def answers(table: MilvusTable) -> bool:
    """Whether the server does."""
    try:
        return len(table.rows(["a"])) == 1
    except NotReady:
        return False


def put(
    store: MilvusStore,
    table: MilvusTable,
    applied: int,
    upserts: Mapping[str, Float32],
    deletes: Sequence[str] = (),
) -> MilvusTable:
    following = table.changed(upserts, deletes)
    store.commit(batch(applied, upserts, deletes))
    return following


def chosen(letters: str) -> dict[str, Float32]:
    return {letter: VECTORS[letter] for letter in letters}


def test_what_was_committed_is_there_after_a_restart(embedded: Embedded, collection: Collection) -> None:
    store = MilvusStore(collection, 3, None)
    put(store, put(store, store.standing, 4, chosen("abcd")), 7, {"a": VECTORS["f"]}, ["b", "unknown"])
    embedded.stop()
    embedded.start()
    again = MilvusStore(Server(embedded.uri, timeout_s=PATIENCE_S).open(collection.name, 4), 3, None)
    assert again.load() == (Position("catalogue", 7), {})
    assert names(again.standing) == ["c", "d", "a"]
    assert again.standing.rows(["a", "b", "c"]) == [4, None, 2]
    held = again.content(content_of(VECTORS["f"]))
    assert held is not None
    assert np.array_equal(held, VECTORS["f"])
    assert again.content("never seen") is None


def test_a_reader_goes_on_seeing_its_moment(collection: Collection) -> None:
    clock = Clock()
    store = MilvusStore(collection, 3, None, clock=clock)
    before = put(store, store.standing, 1, chosen("abc"))
    after = put(store, before, 2, {"b": VECTORS["f"], "d": VECTORS["d"]}, ["a"])
    assert (names(before), len(before)) == (["a", "b", "c"], 3)
    assert (names(after), len(after)) == (["c", "d", "b"], 3)
    clock.now = GRACE_S
    last = put(store, after, 3, chosen("e"))
    assert names(last) == ["c", "d", "e", "b"]
    assert names(after) == ["c", "d", "b"]
    with pytest.raises(NotReady, match="moved on"):
        names(before)


def test_a_batch_that_breaks_off_is_not_seen_and_can_be_sent_again(collection: Collection) -> None:
    """At its rows, or at the row of the moment; by the process that goes on, by one that starts anew."""
    failing = Failing(collection)
    store = MilvusStore(failing, 3, None)  # type: ignore[arg-type]  # forwards everything but writes
    table = put(store, store.standing, 1, chosen("ab"))
    for at in (1, 2):
        failing.at = at
        with pytest.raises(NotReady):
            put(store, table, 2, chosen("cde"), ["a"])
        assert names(table) == ["a", "b"]
        assert names(MilvusStore(collection, 3, None).standing) == ["a", "b"]
    table = put(store, table, 3, chosen("c"), ["b"])
    assert names(table) == ["a", "c"]
    again = MilvusStore(collection, 3, None)
    assert (again.load()[0].applied, names(again.standing)) == (3, ["a", "c"])
    assert names(put(again, again.standing, 4, chosen("f"))) == ["a", "c", "f"]


def test_a_moment_that_arrived_unnoticed_is_taken_back_first(collection: Collection) -> None:
    """Else it would show rows of whatever is written next under their numbers."""
    failing = Failing(collection)
    store = MilvusStore(failing, 3, None)  # type: ignore[arg-type]  # forwards all else
    table = put(store, store.standing, 1, chosen("ab"))
    failing.at, failing.arrive = 2, True
    with pytest.raises(NotReady):
        put(store, table, 2, chosen("cd"))
    failing.at = 2
    with pytest.raises(NotReady):
        put(store, table, 3, chosen("f"))
    again = MilvusStore(collection, 3, None)
    assert (again.load()[0].applied, names(again.standing)) == (1, ["a", "b"])


def test_an_emptied_index_holds_only_what_came_since(collection: Collection) -> None:
    clock = Clock()
    store = MilvusStore(collection, 3, None, clock=clock)
    before = put(store, store.standing, 1, chosen("abc"))
    after = put(store, store.empty, 2, chosen("cd"))
    assert names(before) == ["a", "b", "c"]
    assert (names(after), after.rows(["a", "c"])) == (["c", "d"], [None, 3])
    clock.now = GRACE_S
    assert names(put(store, after, 3, chosen("e"))) == ["c", "d", "e"]
    assert len(put(store, store.empty, 4, {})) == 0
    assert names(MilvusStore(collection, 3, None).standing) == []


def test_a_position_without_changes_is_kept(collection: Collection) -> None:
    store = MilvusStore(collection, 3, None)
    table = put(store, store.standing, 1, chosen("a")).changed({}, ())
    store.commit(Batch(Position("catalogue", 9)))
    assert names(table) == ["a"]
    assert MilvusStore(collection, 3, None).load()[0] == Position("catalogue", 9)


def test_more_dead_rows_than_a_moment_holds_are_refused_or_cleared(collection: Collection) -> None:
    failing = Failing(collection)
    store = MilvusStore(failing, 3, None, most_dead=2)  # type: ignore[arg-type]  # forwards all else
    table = put(store, store.standing, 1, chosen("abcdef"))
    with pytest.raises(InvalidParameter):
        table.changed({}, ["a", "b", "c"])
    table = put(store, table, 2, {}, ["a", "b"])
    failing.keeps = True
    with pytest.raises(NotReady, match="not removed"):
        table.changed({}, ["c"])
    failing.keeps = False
    table = put(store, table, 3, {}, ["c"])
    assert names(table) == ["d", "e", "f"]
    assert names(MilvusStore(collection, 3, None).standing) == ["d", "e", "f"]


def test_ids_are_any_text(collection: Collection) -> None:
    store = MilvusStore(collection, 3, None)
    odd = ["a'b", 'a"b', "a\\", "%", "日本", "] or row >= 0", "x" * 256]
    table = put(store, store.standing, 1, dict.fromkeys(odd, VECTORS["a"]))
    assert table.rows([*odd, "a"]) == [*range(len(odd)), None]


async def test_a_server_that_is_away_is_told_as_such_and_comes_back(
    embedded: Embedded, collection: Collection
) -> None:
    store = MilvusStore(collection, 3, None)
    table = put(store, store.standing, 1, chosen("ab"))
    embedded.stop()
    with pytest.raises(NotReady):
        names(table)
    with pytest.raises(NotReady):
        Server(embedded.uri)
    embedded.start()
    await eventually(lambda: answers(table))
    assert names(table) == ["a", "b"]
    assert names(put(store, table, 2, chosen("c"))) == ["a", "b", "c"]
