"""The store: what was committed is there again, what is damaged never is."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path

import pytest

from diversity_contracts.problems import NotReady
from diversity_view.records import Batch, Entry, Indexed, Position
from diversity_view.store import Store

A, B = "aaaa", "bébé"
FILE = "index-v1.sqlite"


class Text:
    """Keeps text as UTF-8; an empty text is damage."""

    def pack(self, content: str) -> bytes:
        return content.encode()

    def unpack(self, payload: bytes) -> str:
        text = payload.decode()
        if not text:
            raise ValueError("empty")
        return text


def opened(folder: Path, *, artifact: str = "v1", digest: str = "d1") -> Store[str]:
    return Store.open(folder, artifact=artifact, digest=digest, codec=Text())


def two_entries() -> Batch[str]:
    entries = {"x": Entry("hash-a", 3, ("a bus", "“rouge”")), "y": Entry("hash-b", 7)}
    return Batch(Position("c", 7), {"hash-a": A, "hash-b": B}, entries)


TWO = {"x": Indexed(A, ("a bus", "“rouge”")), "y": Indexed(B)}


def filled(folder: Path) -> None:
    store = opened(folder)
    store.commit(two_entries())
    store.close()


def loaded(folder: Path) -> tuple[Position, dict[str, Indexed[str]]]:
    store = opened(folder)
    found = store.load()
    store.close()
    return found


def tampered(folder: Path, statement: str) -> None:
    database = sqlite3.connect(folder / FILE)
    database.execute(statement)
    database.commit()
    database.close()


def test_an_empty_store(tmp_path: Path) -> None:
    assert loaded(tmp_path / "new" / "folder") == (Position(None, 0), {})


def test_what_was_committed_is_there_again_word_for_word(tmp_path: Path) -> None:
    filled(tmp_path)
    assert loaded(tmp_path) == (Position("c", 7), TWO)


def test_contents_nothing_refers_to_are_dropped(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.commit(two_entries())
    store.commit(Batch(Position("c", 8), {}, {"x": Entry("hash-b", 8)}))
    assert store.content("hash-a") is None
    store.commit(Batch(Position("c", 9), {}, {}, deletes=["x"]))
    assert store.content("hash-b") == B
    store.commit(Batch(Position("c", 10), {}, {}, deletes=["y", "never there"]))
    assert store.content("hash-b") is None
    assert store.load() == (Position("c", 10), {})
    store.close()


def test_a_reset_keeps_the_contents_that_are_used_again(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.commit(two_entries())
    store.commit(Batch(Position("d", 1), {}, {"z": Entry("hash-b", 1)}, reset=True))
    position, entries = store.load()
    assert position == Position("d", 1)
    assert entries == {"z": Indexed(B)}
    assert store.content("hash-a") is None
    store.close()


def test_a_commit_that_fails_changes_nothing(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.commit(two_entries())
    nothing = Entry(None, 9)  # type: ignore[arg-type]
    broken: Batch[str] = Batch(Position("c", 9), {}, {"x": Entry("hash-b", 9), "y": nothing})
    with pytest.raises(NotReady):
        store.commit(broken)
    assert store.load()[0] == Position("c", 7)
    store.close()
    assert loaded(tmp_path)[1] == TWO


def test_the_same_version_with_another_content_starts_empty(tmp_path: Path) -> None:
    filled(tmp_path)
    store = opened(tmp_path, digest="other")
    assert store.load() == (Position(None, 0), {})
    store.close()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE contents SET payload = x'6161616162' WHERE content_hash = 'hash-a'",
        "UPDATE contents SET payload = x'', crc = 0 WHERE content_hash = 'hash-a'",
        "UPDATE entries SET captions = '[1]' WHERE image_id = 'x'",
        "UPDATE entries SET captions = '[' WHERE image_id = 'x'",
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
    store = opened(tmp_path)
    many = {f"hash-{number}": f"{number} " * 500 for number in range(100)}
    entries = {f"p{number}": Entry(f"hash-{number}", number + 1) for number in range(100)}
    store.commit(Batch(Position("c", 100), many, entries))
    store.close()
    data = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(data[: len(data) // 2])
    assert loaded(tmp_path) == (Position(None, 0), {})


def test_a_file_of_an_earlier_format_starts_empty(tmp_path: Path) -> None:
    filled(tmp_path)
    tampered(tmp_path, "UPDATE meta SET value = '1' WHERE name = 'format'")
    tampered(tmp_path, "ALTER TABLE entries DROP COLUMN captions")
    assert loaded(tmp_path) == (Position(None, 0), {})
    assert not (tmp_path / "damaged.sqlite").exists()
    filled(tmp_path)
    assert loaded(tmp_path) == (Position("c", 7), TWO)


def test_orphans_of_a_crash_are_dropped_at_start(tmp_path: Path) -> None:
    filled(tmp_path)
    tampered(tmp_path, "DELETE FROM entries WHERE image_id = 'x'")
    store = opened(tmp_path)
    assert store.content("hash-a") is None
    assert store.load()[0] == Position("c", 7)
    store.close()


def test_what_is_kept_elsewhere_is_not_read(tmp_path: Path) -> None:
    """Neither read nor checked: another file has it. What is read is checked as ever."""
    filled(tmp_path)
    told = list[object]()

    def elsewhere(position: Position, entries: Mapping[str, Entry]) -> set[str]:
        told.extend([position, dict(entries)])
        return {"x"}

    def left() -> dict[str, Indexed[str]]:
        store = Store.open(tmp_path, artifact="v1", digest="d1", codec=Text(), elsewhere=elsewhere)
        found = store.load()[1]
        assert store.load() == (Position("c", 7), TWO), "asked again it is all"
        store.close()
        return found

    assert left() == {"y": Indexed(B)}
    assert told == [Position("c", 7), dict(two_entries().entries)]
    tampered(tmp_path, "UPDATE contents SET payload = x'61' WHERE content_hash = 'hash-b'")
    store = Store.open(tmp_path, artifact="v1", digest="d1", codec=Text(), elsewhere=elsewhere)
    assert store.load() == (Position(None, 0), {})
    store.close()


def test_a_damaged_content_is_not_there_and_is_replaced(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.commit(two_entries())
    tampered(tmp_path, "UPDATE contents SET payload = x'61' WHERE content_hash = 'hash-a'")
    assert (store.content("hash-a"), store.content("hash-b")) == (None, B)
    store.commit(Batch(Position("c", 8), {"hash-a": A}, {"x": Entry("hash-a", 8)}))
    assert store.content("hash-a") == A
    store.close()


def test_the_hashes_of_a_position(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.commit(two_entries())
    assert store.hashes(Position("c", 7)) == {"x": "hash-a", "y": "hash-b"}
    assert store.hashes(Position("c", 6)) is None
    store.commit(Batch(Position("c", 8), {}, {}, deletes=["x"]))
    assert store.hashes(Position("c", 7)) is None
    assert store.hashes(Position("c", 8)) == {"y": "hash-b"}
    store.close()


def test_a_folder_that_cannot_be_used_is_said_not_set_aside(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(NotReady):
        opened(tmp_path)
    assert (tmp_path / FILE).is_dir()
