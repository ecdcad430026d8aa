"""The state folder: held by one, the indexes that are wanted, what served last."""

from contextlib import closing
from pathlib import Path

import pytest

from diversity_contracts.problems import NotReady
from diversity_view.records import Batch, Entry, Position
from diversity_view.state_folder import SERVED, StateFolder
from tests.unit.diversity_view.test_store import Text


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.glob("index-*")}


def test_one_process_at_a_time(tmp_path: Path) -> None:
    folder = StateFolder.hold(tmp_path / "new" / "state")
    with pytest.raises(NotReady, match="Another process"):
        StateFolder.hold(tmp_path / "new" / "state")
    folder.close()
    StateFolder.hold(tmp_path / "new" / "state").close()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotReady):
        StateFolder.hold(tmp_path / "file" / "state")


def test_two_indexes_side_by_side_and_the_rest_removed(tmp_path: Path) -> None:
    folder = StateFolder.hold(tmp_path)
    stores = {name: folder.index(name, f"digest of {name}", Text()) for name in ("v1", "v2", "v3", "v3-1")}
    for name, store in stores.items():
        store.commit(Batch(Position("c", 1), {"h": name}, {"x": Entry("h", 1)}))
    folder.keep({"v2", "v3"})
    assert {name.removesuffix("-wal").removesuffix("-shm") for name in names(tmp_path)} == {
        "index-v2.sqlite", "index-v3.sqlite",
    }  # fmt: skip
    for store in stores.values():
        store.close()
    assert names(tmp_path) == {"index-v2.sqlite", "index-v3.sqlite"}
    assert (folder.has_index("v1"), folder.has_index("v2")) == (False, True)
    again = folder.index("v2", "digest of v2", Text())
    assert again.content("h") == "v2"
    again.close()
    folder.close()


def test_a_form_of_an_artifact_has_an_index_of_its_own(tmp_path: Path) -> None:
    folder = StateFolder.hold(tmp_path)
    for name in ("v1", "v1+int8", "v2", "v2+int8", "v3", "v3+int8"):
        folder.index(name, f"digest of {name}", Text()).close()
    folder.keep(["v1+int8"], artifacts=["v2"])
    assert names(tmp_path) == {"index-v1+int8.sqlite", "index-v2.sqlite", "index-v2+int8.sqlite"}
    folder.keep(["v2"])
    assert names(tmp_path) == {"index-v2.sqlite"}
    folder.close()


def test_a_kept_table_goes_with_its_index(tmp_path: Path) -> None:
    folder = StateFolder.hold(tmp_path)
    for name in ("v1", "v1+int8", "v2"):
        folder.index(name, f"digest of {name}", Text()).close()
        folder.table_file(name).touch()
        folder.table_file(name).with_name(f".{folder.table_file(name).name}").touch()  # its writer was killed
    folder.keep(["v1+int8"])
    assert {file.name for file in tmp_path.iterdir()} == {
        "index-v1+int8.sqlite", "table-v1+int8.mapped", ".table-v1+int8.mapped", "lock",
    }  # fmt: skip
    folder.close()


def test_what_served_last_is_known_after_a_restart(tmp_path: Path) -> None:
    folder = StateFolder.hold(tmp_path)
    assert folder.served == []
    folder.note_served(["v2", "v1"])
    folder.close()
    with closing(StateFolder.hold(tmp_path)) as again:
        assert again.served == ["v2", "v1"]


@pytest.mark.parametrize("content", [b"", b"[", b"{}", b"\xff", b"3"])
def test_a_damaged_note_is_no_note(tmp_path: Path, content: bytes) -> None:
    (tmp_path / SERVED).write_bytes(content)
    with closing(StateFolder.hold(tmp_path)) as folder:
        assert folder.served == []
