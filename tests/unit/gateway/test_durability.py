"""What is on the disk when a write returns: a power cut takes nothing that was acknowledged."""

from pathlib import Path

from diversity_contracts.pictures import content_hash
from diversity_contracts.publishing import sync_to_disk
from diversity_gateway.content_files import ContentFiles
from diversity_gateway.database import Database

DATA = b"some bytes"
HASH = content_hash(DATA)
FULL = 2  # SQLite's number for it


def test_the_bytes_then_the_name_then_the_folder_are_on_the_disk(tmp_path: Path) -> None:
    named, noted = tmp_path / "content" / HASH[:2] / HASH, list[tuple[str, bytes, bool]]()

    def sync(path: Path) -> None:
        noted.append((path.parent.name, path.read_bytes() if path.is_file() else b"", named.exists()))
        sync_to_disk(path)

    files = ContentFiles(tmp_path, sync=sync)
    files.store(HASH, DATA)
    folders = [("content", b"", True), (tmp_path.name, b"", True)]
    assert noted == [("incoming", DATA, False), *folders]
    noted.clear()
    files.store(HASH, DATA)  # another writer may have renamed it a moment ago
    assert noted == folders


def test_a_committed_row_is_on_the_disk(tmp_path: Path) -> None:
    database = Database(tmp_path / "catalogue.sqlite", "CREATE TABLE IF NOT EXISTS t (x)")
    with database.writing() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (FULL,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    database.close()
