"""The store: what was committed is there again, what is damaged never is."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from diversity_contracts.problems import NotReady
from drml_service.store import Batch, Position, Store

A, B = np.array([1, 2], dtype=np.float32), np.array([-3, 0.1], dtype=np.float32)
FILE = "index-v1.sqlite"


def opened(folder: Path, *, artifact: str = "v1", digest: str = "d1", dimension: int = 2) -> Store:
    return Store.open(folder, artifact=artifact, digest=digest, dimension=dimension)


def two_entries() -> Batch:
    return Batch(Position("c", 7), {"hash-a": A, "hash-b": B}, {"x": ("hash-a", 3), "y": ("hash-b", 7)})


def filled(folder: Path) -> None:
    store = opened(folder)
    store.commit(two_entries())
    store.close()


def loaded(folder: Path) -> tuple[Position, dict[str, list[float]]]:
    store = opened(folder)
    position, entries = store.load()
    store.close()
    return position, {image_id: vector.tolist() for image_id, vector in entries.items()}


def tampered(folder: Path, statement: str) -> None:
    database = sqlite3.connect(folder / FILE)
    database.execute(statement)
    database.commit()
    database.close()


def test_an_empty_store(tmp_path: Path) -> None:
    assert loaded(tmp_path / "new" / "folder") == (Position(None, 0), {})


def test_what_was_committed_is_there_again_bit_for_bit(tmp_path: Path) -> None:
    filled(tmp_path)
    assert loaded(tmp_path) == (Position("c", 7), {"x": A.tolist(), "y": B.tolist()})


def test_contents_nothing_refers_to_are_dropped(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.commit(two_entries())
    store.commit(Batch(Position("c", 8), {}, {"x": ("hash-b", 8)}))
    assert store.vector("hash-a") is None
    store.commit(Batch(Position("c", 9), {}, {}, deletes=["x"]))
    held = store.vector("hash-b")
    assert held is not None
    assert held.tolist() == B.tolist()
    store.commit(Batch(Position("c", 10), {}, {}, deletes=["y", "never there"]))
    assert store.vector("hash-b") is None
    assert store.load() == (Position("c", 10), {})
    store.close()


def test_a_reset_keeps_the_contents_that_are_used_again(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.commit(two_entries())
    store.commit(Batch(Position("d", 1), {}, {"z": ("hash-b", 1)}, reset=True))
    position, entries = store.load()
    assert position == Position("d", 1)
    assert {key: vector.tolist() for key, vector in entries.items()} == {"z": B.tolist()}
    assert store.vector("hash-a") is None
    store.close()


def test_a_commit_that_fails_changes_nothing(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.commit(two_entries())
    broken = Batch(Position("c", 9), {}, {"x": ("hash-b", 9), "y": (None, 9)})  # type: ignore[dict-item]
    with pytest.raises(NotReady):
        store.commit(broken)
    assert store.load()[0] == Position("c", 7)
    store.close()
    assert loaded(tmp_path)[1] == {"x": A.tolist(), "y": B.tolist()}


def test_one_process_at_a_time(tmp_path: Path) -> None:
    store = opened(tmp_path)
    with pytest.raises(NotReady, match="Another process"):
        opened(tmp_path)
    store.close()
    opened(tmp_path).close()


def test_the_index_of_another_artifact_is_removed(tmp_path: Path) -> None:
    filled(tmp_path)
    opened(tmp_path, artifact="v2", digest="d2").close()
    assert not (tmp_path / FILE).exists()


def test_the_same_version_with_another_content_starts_empty(tmp_path: Path) -> None:
    filled(tmp_path)
    store = opened(tmp_path, digest="other")
    assert store.load() == (Position(None, 0), {})
    store.close()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE contents SET vector = x'0000803f00000041' WHERE content_hash = 'hash-a'",
        "UPDATE contents SET vector = x'0000803f' WHERE content_hash = 'hash-a'",
        "DELETE FROM contents WHERE content_hash = 'hash-a'",
        "UPDATE meta SET value = 'many' WHERE name = 'applied'",
        "DROP TABLE entries",
    ],
)
def test_a_damaged_store_is_set_aside_and_started_anew(tmp_path: Path, damage: str) -> None:
    filled(tmp_path)
    tampered(tmp_path, damage)
    assert loaded(tmp_path) == (Position(None, 0), {})
    assert (tmp_path / "damaged.sqlite").exists()
    filled(tmp_path)
    assert loaded(tmp_path)[0] == Position("c", 7)


def test_bytes_that_are_no_database(tmp_path: Path) -> None:
    filled(tmp_path)
    (tmp_path / FILE).write_bytes(b"garbage " * 4_000)
    assert loaded(tmp_path) == (Position(None, 0), {})


def test_a_file_cut_short(tmp_path: Path) -> None:
    store = opened(tmp_path, dimension=512)
    many = {f"hash-{number}": np.full(512, number, dtype=np.float32) for number in range(100)}
    entries = {f"p{number}": (f"hash-{number}", number + 1) for number in range(100)}
    store.commit(Batch(Position("c", 100), many, entries))
    store.close()
    data = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(data[: len(data) // 2])
    again = opened(tmp_path, dimension=512)
    assert again.load() == (Position(None, 0), {})
    again.close()


def test_orphans_of_a_crash_are_dropped_at_start(tmp_path: Path) -> None:
    filled(tmp_path)
    tampered(tmp_path, "DELETE FROM entries WHERE image_id = 'x'")
    store = opened(tmp_path)
    assert store.vector("hash-a") is None
    assert store.load()[0] == Position("c", 7)
    store.close()


def test_a_folder_that_cannot_be_used_is_said_not_set_aside(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(NotReady):
        opened(tmp_path)
    assert (tmp_path / FILE).is_dir()
