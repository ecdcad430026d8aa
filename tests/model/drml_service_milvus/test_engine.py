"""An engine over Milvus beside one in process: the same changes, the same replies."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diversity_contracts import wire
from diversity_contracts.pictures import content_hash
from diversity_contracts.problems import UnknownId
from diversity_view.queries import ByHistory, ById, ByPicture, Query
from diversity_view.state_folder import StateFolder
from diversity_view.store import Store
from drml_service.correction import CorrectingSearcher
from drml_service.encoding import PictureEncoding
from drml_service.engine import Engine
from drml_service.index import FaissSearcher
from drml_service.milvus.address import Address
from drml_service.milvus.client import Server
from drml_service.milvus.placing import keep, place
from drml_service.milvus.table import MilvusTable
from drml_service.vector_codec import VectorCodec
from tests.fakes.drawn import drawn
from tests.fakes.encoder import MeanColour
from tests.fakes.milvus import Embedded

SAMPLE = np.array([[0, 0, 0], [255, 255, 255], [100, 20, 3]], dtype=np.float32)
PICTURES = [drawn(number) for number in range(12)]
IDS = [f"p{number:02}" for number in range(18)]  # the last ones have the contents of the first
DIGEST = "0123456789abcdef"


def batch(after: int, upserts: dict[str, bytes], deletes: tuple[str, ...] = ()) -> wire.ChangeBatch:
    hashes: dict[str, str | None] = {name: content_hash(data) for name, data in upserts.items()}
    hashes |= dict.fromkeys(deletes)
    changes = [
        wire.Change(seq=after + place, image_id=name, content_hash=key)
        for place, (name, key) in enumerate(hashes.items(), 1)
    ]
    return wire.ChangeBatch(catalogue_id="c", after=after, upto=after + len(changes), changes=changes)


def over_milvus(embedded: Embedded, state: StateFolder, version: str) -> Engine[MilvusTable]:
    address = Address(embedded.uri, "engine")
    placed = place(address, "", version, state, digest=DIGEST, dimension=3, reference=SAMPLE)
    return Engine(
        artifact=version,
        encoding=PictureEncoding(MeanColour(), observe=lambda *_: None),
        store=placed.store,
        searcher=placed.searcher,
        observe=lambda *_: None,
        reference=SAMPLE,
        holding=placed.holding,
    )


def in_process(folder: Path, version: str) -> Engine:
    return Engine(
        artifact=version,
        encoding=PictureEncoding(MeanColour(), observe=lambda *_: None),
        store=Store.open(folder, artifact=version, digest=DIGEST, codec=VectorCodec(3)),
        searcher=CorrectingSearcher(FaissSearcher()),
        observe=lambda *_: None,
        reference=SAMPLE,
    )


@pytest.fixture
def state(tmp_path: Path) -> Iterator[StateFolder]:
    held = StateFolder.hold(tmp_path / "state")
    yield held
    held.close()


def replies(engine: Engine[Any]) -> list[Any]:
    """Everything that is asked of an engine."""
    history = ByHistory(((ById("p03"), 1.0), (ById("p04"), 0.5), (ById("never seen"), 1.0)))
    queries: list[Query] = [ById("p03"), ByPicture(PICTURES[5]), ByPicture(drawn(99)), history]
    found: list[Any] = [engine.facts, engine.view.position, len(engine.view.table)]
    for query in queries:
        for n in (4, 100):
            found += [engine.rank(query, n, end, representation=True) for end in ("nearest", "farthest")]
        found.append(engine.measure(query, [*IDS, "?"], with_pairs=True, representation=False))
    return [*found, engine.pairwise(["p05", "?", "p06", "p17"]), engine.embed(ById("p06"))]


def test_replies_are_those_of_the_process(embedded: Embedded, state: StateFolder, tmp_path: Path) -> None:
    remote, local = over_milvus(embedded, state, "drml-a"), in_process(tmp_path / "local", "drml-a")
    pictures = {name: PICTURES[place % len(PICTURES)] for place, name in enumerate(IDS)}
    by_hash = {content_hash(data): data for data in PICTURES}
    batches = [
        (batch(0, pictures), by_hash),
        (batch(18, {"p07": PICTURES[1]}, ("p00", "p17")), {}),  # bytes that are stored are not sent again
    ]
    for changes, sent in batches:
        assert remote.apply(changes, sent) == local.apply(changes, sent)
        for mine, its in zip(replies(remote), replies(local), strict=True):
            assert mine == its
    with pytest.raises(UnknownId):
        remote.rank(ById("p00"), 5, "nearest", representation=False)
    before = replies(local)
    remote.close()
    for mine, its in zip(replies(over_milvus(embedded, state, "drml-a")), before, strict=True):
        assert mine == its


def test_an_old_generations_collection_goes_with_its_index(embedded: Embedded, state: StateFolder) -> None:
    for version in ("drml-b", "drml-c"):
        over_milvus(embedded, state, version).close()
    server = Server(embedded.uri)
    server.open(f"engineer_drml_b_{DIGEST}", 4)
    assert state.has_index("drml-b")
    state.keep(["drml-c"])
    assert not state.has_index("drml-b")
    left = [name for name in server.collections() if name.startswith("engine")]
    assert left == [
        f"engine_drml_c_{DIGEST}",
        f"engineer_drml_b_{DIGEST}",
    ]  # the other is not this deployment's
    keep(Address("http://127.0.0.1:1", "engine"), "", [])  # away: told in the log, no failure
