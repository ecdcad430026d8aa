"""Fetching Flickr8k from a server that is played: checked by size, MD5 and sha256."""

import hashlib
from pathlib import Path

import httpx
import pytest

from caption_job import flickr8k
from job_kit.download import ChangedFile, RemoteFile
from job_kit.hashes import WrongFile

CONTENT = {"Flickr8k_text.zip": b"captions" * 100, "Flickr8k_Dataset.zip": b"pictures" * 900}
FILES = tuple(RemoteFile(f"https://files.test/{name}", len(data)) for name, data in CONTENT.items())
MD5 = {name: hashlib.md5(data, usedforsecurity=False).hexdigest() for name, data in CONTENT.items()}
SHA256 = [hashlib.sha256(data).hexdigest() for data in CONTENT.values()]


@pytest.fixture
def client() -> httpx.Client:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=httpx.ByteStream(CONTENT[request.url.path.strip("/")]))

    return httpx.Client(transport=httpx.MockTransport(answer))


def test_both_archives_are_fetched(tmp_path: Path, client: httpx.Client) -> None:
    found = flickr8k.download(tmp_path, SHA256, client, files=FILES, md5=MD5)
    assert {path.name: path.read_bytes() for path in found} == CONTENT


def test_an_archive_of_the_right_size_and_other_content_is_removed(
    tmp_path: Path, client: httpx.Client
) -> None:
    other = MD5 | {"Flickr8k_Dataset.zip": "0" * 32}
    with pytest.raises(ChangedFile, match="MD5"):
        flickr8k.download(tmp_path, None, client, files=FILES, md5=other)
    assert [path.name for path in tmp_path.iterdir()] == ["Flickr8k_text.zip"]


def test_ones_own_sha256_is_checked(tmp_path: Path, client: httpx.Client) -> None:
    with pytest.raises(WrongFile, match="sha256"):
        flickr8k.download(tmp_path, [SHA256[0], SHA256[0]], client, files=FILES, md5=MD5)


def test_every_published_file_has_an_md5() -> None:
    assert {file.name for file in flickr8k.FILES} == flickr8k.MD5.keys()
