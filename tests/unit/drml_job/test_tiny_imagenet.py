"""A job without data: it fetches a collection and prepares it."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from drml_job import drawn_dataset, prepare, tiny_imagenet
from job_kit.download import RemoteFile
from tests.fakes.file_server import FileServer, running


def zipped(root: Path) -> bytes:
    drawn_dataset.write(root / "drawn", per_class=20)
    with zipfile.ZipFile(root / "set.zip", "w") as file:
        for path in sorted((root / "drawn").rglob("*.png")):
            file.write(path, path.relative_to(root).as_posix())
    return (root / "set.zip").read_bytes()


def test_what_is_fetched_can_be_prepared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = zipped(tmp_path)
    with running(FileServer(content, cuts=[1000])) as server:
        archive = RemoteFile(server.url("tiny.zip"), len(content), hashlib.sha256(content).hexdigest())
        data = tiny_imagenet.unless_given(None, tmp_path / "downloads", archive)
        assert tiny_imagenet.unless_given(None, tmp_path / "downloads", archive) == data
    assert server.asked == [None, "bytes=1000-"]
    assert capsys.readouterr().out.count("fetching Tiny ImageNet") == 1
    knobs = prepare.Knobs(stored_size=16, train_triplets=50, val_triplets=5)
    packed = prepare.run(data, tmp_path / "packed", knobs)
    assert len(packed.pictures) == 80


def test_data_that_is_given_is_taken_as_it_is(tmp_path: Path) -> None:
    assert tiny_imagenet.unless_given(tmp_path / "mine", tmp_path / "downloads") == tmp_path / "mine"
    assert not (tmp_path / "downloads").exists()


def test_where_it_cannot_be_had_the_job_ends_with_a_word(tmp_path: Path) -> None:
    with running(FileServer(b"", statuses=[403])) as server:
        archive = RemoteFile(server.url("tiny.zip"), 1000, "0" * 64)
        with pytest.raises(SystemExit, match=r"403[\s\S]*--data"):
            tiny_imagenet.unless_given(None, tmp_path, archive)
