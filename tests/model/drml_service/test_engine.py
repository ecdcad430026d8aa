"""The view without HTTP: real index, real store, the mean colour as network."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from diversity_contracts.pictures import content_hash
from diversity_contracts.problems import InvalidParameter, NoSpace, NotAPicture, UnknownId
from diversity_contracts.wire import Change, ChangeBatch, ChangesApplied, Neighbor
from diversity_view.queries import ById, ByPicture, ByRepresentation, Query
from diversity_view.records import Batch
from diversity_view.store import Store
from drml_service.encoding import PictureEncoding
from drml_service.engine import Engine
from drml_service.index import FaissSearcher
from drml_service.search import Float32
from drml_service.vector_codec import VectorCodec
from tests.fakes.drawn import encoded, plain
from tests.fakes.encoder import MeanColour

RED, GREEN, BLUE, DARK = (
    encoded(plain(colour)) for colour in [(255, 0, 0), (0, 255, 0), (0, 0, 255), (90, 0, 0)]
)


EngineAt = Callable[..., Engine]


@pytest.fixture
def engine_at() -> Iterator[EngineAt]:
    """Opens engines; each is closed at the end, if it was not before."""
    opened: list[Engine] = []

    def open_engine(
        folder: Path, encoder: MeanColour | None = None, store: Store[Float32] | None = None
    ) -> Engine:
        engine = Engine(
            artifact="drml-test",
            encoding=PictureEncoding(encoder or MeanColour(), observe=lambda *_: None),
            store=store or Store.open(folder, artifact="drml-test", digest="d", codec=VectorCodec(3)),
            searcher=FaissSearcher(),
            observe=lambda *_: None,
        )
        opened.append(engine)
        return engine

    yield open_engine
    for engine in opened:
        engine.close()


def apply(
    engine: Engine, after: int, puts: dict[str, bytes], deletes: tuple[str, ...] = (), **over: object
) -> ChangesApplied:
    listed = [*((key, content_hash(data)) for key, data in puts.items()), *((key, None) for key in deletes)]
    changes = [
        Change(seq=after + place + 1, image_id=key, content_hash=digest)
        for place, (key, digest) in enumerate(listed)
    ]
    values = {"catalogue_id": "c", "after": after, "upto": after + len(listed), "changes": changes, **over}
    batch = ChangeBatch.model_validate(values)
    return engine.apply(batch, {content_hash(data): data for data in puts.values()})


@pytest.fixture
def engine(engine_at: EngineAt, tmp_path: Path) -> Engine:
    engine = engine_at(tmp_path)
    apply(engine, 0, {"red": RED, "green": GREEN, "blue": BLUE, "dark": DARK})
    return engine


def ranked(engine: Engine, query: Query, end: str, n: int = 9) -> list[tuple[str, float]]:
    reply = engine.rank(query, n, end, representation=False)  # type: ignore[arg-type]
    return [(hit.image_id, round(hit.distance, 2)) for hit in reply.results]


def test_both_ends_by_hand(engine: Engine) -> None:
    """Red to dark red 165, to green and blue 255·√2 = 360.62, a tie broken by id."""
    far = [("blue", 360.62), ("green", 360.62), ("dark", 165.0), ("red", 0.0)]
    assert ranked(engine, ByPicture(RED), "farthest") == far
    assert ranked(engine, ByPicture(RED), "nearest") == [far[3], far[2], far[0], far[1]]
    assert ranked(engine, ById("red"), "nearest") == [far[2], far[0], far[1]]
    assert ranked(engine, ByPicture(RED), "farthest", n=1) == far[:1]


def test_percentiles_by_hand(engine: Engine) -> None:
    """By id three others: dark closest, green and blue tied after it: 0, (1 + ½) / 2 twice."""
    reply = engine.rank(ById("red"), 9, "nearest", representation=False)
    assert [hit.percentile for hit in reply.results] == [0, 0.75, 0.75]
    measured = engine.measure(
        ById("red"), ["blue", "none", "red", "dark"], with_pairs=True, representation=False
    )
    far = np.sqrt(2 * 255**2)
    assert measured.results == [
        Neighbor(image_id="blue", distance=far, percentile=0.75),
        None,
        None,
        Neighbor(image_id="dark", distance=165, percentile=0),
    ]
    assert measured.pairwise is not None
    assert measured.pairwise[0] == [0, None, far, pytest.approx(np.hypot(255, 90))]
    assert measured.pairwise[1] == [None] * 4


def test_stored_bytes_are_at_distance_zero_without_encoding(engine_at: EngineAt, tmp_path: Path) -> None:
    encoder = MeanColour()
    engine = engine_at(tmp_path, encoder)
    apply(engine, 0, {"a": RED, "b": RED, "c": BLUE})
    before = encoder.encoded
    assert ranked(engine, ByPicture(RED), "nearest")[:2] == [("a", 0.0), ("b", 0.0)]
    assert encoder.encoded == before == 2


def test_a_representation_asks_the_same_question(engine: Engine) -> None:
    reply = engine.rank(ByPicture(DARK), 9, "farthest", representation=True)
    assert reply.representation is not None
    again = engine.rank(ByRepresentation(reply.representation), 9, "farthest", representation=False)
    assert again.results == reply.results


@pytest.mark.parametrize(
    "numbers", [[1.0, 2.0], [1.0, 2.0, 3.0, 4.0], [1.0, 2.0, np.nan], [1.0, 2.0, 1e16], [3e38] * 3]
)
def test_a_representation_that_is_none(engine: Engine, numbers: list[float]) -> None:
    from diversity_contracts.vectors import encode_vector

    with pytest.raises(InvalidParameter):
        engine.rank(
            ByRepresentation(encode_vector(np.array(numbers, dtype=np.float32))),
            1,
            "nearest",
            representation=False,
        )


def test_an_embedding(engine: Engine) -> None:
    assert engine.embed(ByPicture(DARK)).embedding == [90, 0, 0, 0]
    assert engine.embed(ById("blue")).embedding == [0, 0, 255, 0]


def test_what_cannot_be_asked(engine: Engine) -> None:
    with pytest.raises(UnknownId):
        engine.rank(ById("nobody"), 1, "nearest", representation=False)
    with pytest.raises(NotAPicture):
        engine.embed(ByPicture(b"text"))
    with pytest.raises(InvalidParameter, match="at most 1,000"):
        engine.measure(ById("red"), ["red"] * 1_001, with_pairs=True, representation=False)


def test_replace_and_delete_without_a_restart(engine: Engine) -> None:
    assert apply(engine, 4, {"red": GREEN}, ("blue",)).count == 3
    assert ranked(engine, ByPicture(RED), "nearest") == [("dark", 165.0), ("green", 360.62), ("red", 360.62)]
    with pytest.raises(UnknownId):
        ranked(engine, ById("blue"), "nearest")


def test_applying_a_batch_again_changes_nothing(engine: Engine) -> None:
    view = engine.view
    reply = apply(engine, 0, {"red": RED, "green": GREEN, "blue": BLUE, "dark": DARK})
    assert (reply.applied, reply.count) == (4, 4)
    assert engine.view is view


def test_everything_survives_a_restart(engine_at: EngineAt, engine: Engine, tmp_path: Path) -> None:
    before = engine.rank(ByPicture(DARK), 9, "farthest", representation=True)
    engine.close()
    encoder = MeanColour()
    again = engine_at(tmp_path, encoder)
    assert again.rank(ByPicture(DARK), 9, "farthest", representation=True) == before
    assert encoder.encoded == 0
    assert again.view.position == engine.view.position


def test_another_catalogue_empties_the_index(engine: Engine) -> None:
    assert apply(engine, 0, {"x": DARK}, catalogue_id="other").count == 1
    assert ranked(engine, ByPicture(RED), "nearest") == [("x", 165.0)]


def test_a_reset_uses_the_stored_contents(engine_at: EngineAt, tmp_path: Path) -> None:
    encoder = MeanColour()
    engine = engine_at(tmp_path, encoder)
    apply(engine, 0, {"a": RED, "b": BLUE})
    apply(engine, 0, {"a": BLUE, "z": RED}, reset=True)
    assert encoder.encoded == 2
    assert ranked(engine, ByPicture(RED), "nearest") == [("z", 0.0), ("a", 360.62)]


def test_a_broken_picture_is_refused_and_the_batch_goes_on(engine: Engine) -> None:
    reply = apply(engine, 4, {"red": b"no picture", "new": BLUE})
    assert [refused.image_id for refused in reply.refused] == ["red"]
    assert (reply.applied, reply.count) == (6, 4)
    with pytest.raises(UnknownId):
        ranked(engine, ById("red"), "nearest")


class FullDisk(Store[Float32]):
    """A store on a full disk."""

    full = False

    def commit(self, batch: Batch[Float32]) -> None:
        if self.full:
            raise NoSpace("full")
        super().commit(batch)


def test_a_full_disk_changes_nothing_and_searches_live_on(engine_at: EngineAt, tmp_path: Path) -> None:
    store = FullDisk.open(tmp_path, artifact="drml-test", digest="d", codec=VectorCodec(3))
    engine = engine_at(tmp_path, store=store)
    apply(engine, 0, {"red": RED, "dark": DARK})
    store.full = True
    with pytest.raises(NoSpace):
        apply(engine, 2, {"red": BLUE, "more": GREEN})
    assert ranked(engine, ByPicture(RED), "nearest") == [("red", 0.0), ("dark", 165.0)]
    store.full = False
    assert apply(engine, 2, {"red": BLUE, "more": GREEN}).count == 3
    assert ranked(engine, ByPicture(RED), "nearest")[0] == ("dark", 165.0)


def test_queries_see_whole_batches_while_changes_are_applied(engine: Engine) -> None:
    """Every batch gives two pictures one colour: a query that finds them apart saw half a batch."""
    apart: list[float] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            reply = engine.measure(ByPicture(DARK), ["one", "two"], with_pairs=False, representation=False)
            one, two = reply.results
            if one is not None and two is not None and one.distance != two.distance:
                apart.append(one.distance)

    askers = [threading.Thread(target=ask) for _ in range(2)]
    for asker in askers:
        asker.start()
    for step in range(60):
        colour = encoded(plain((step * 4, 7, 9)))
        if step % 5:
            apply(engine, 4 + 2 * step, {"one": colour, "two": colour})
        else:
            apply(engine, 4 + 2 * step, {}, ("one", "two"))
    done.set()
    for asker in askers:
        asker.join()
    assert apart == []
