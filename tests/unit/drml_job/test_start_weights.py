"""Start weights: from a file server or a file, never unchecked, never half written."""

import hashlib
import io
from pathlib import Path

import httpx
import pytest
import torch

from drml_job import start_weights
from drml_service.network import EmbeddingNetwork, NetworkArguments
from drml_service.vision import resnet18
from job_kit.hashes import WrongFile

URL = "http://files/weights/resnet18.pth"


@pytest.fixture(scope="module")
def published() -> bytes:
    """torchvision's own format: its ResNet-18, with the 1000-way head."""
    torch.manual_seed(5)
    buffer = io.BytesIO()
    torch.save(resnet18().state_dict(), buffer)
    return buffer.getvalue()


class FileServer:
    """Serves one file and counts the requests."""

    def __init__(self, content: bytes, status: int = 200) -> None:
        self.content, self.status, self.requests = content, status, 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        assert request.url.path == "/weights/resnet18.pth"
        return httpx.Response(self.status, content=self.content)

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self))


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_download_is_checked_kept_and_not_repeated(published: bytes, tmp_path: Path) -> None:
    server = FileServer(published)
    with server.client() as client:
        first = start_weights.download(URL, digest(published)[:8], tmp_path, client)
        again = start_weights.download(URL, digest(published)[:8], tmp_path, client)
    assert first == again
    assert first.read_bytes() == published
    assert server.requests == 1
    network = EmbeddingNetwork(NetworkArguments(embedding_dim=8))
    start_weights.load_trunk(network, first)
    torch.manual_seed(5)
    expected = resnet18().state_dict()
    assert all(torch.equal(tensor, expected[name]) for name, tensor in network.trunk.state_dict().items())


@pytest.mark.parametrize("spoil", ["changed", "truncated", "missing"])
def test_what_is_not_the_file_leaves_nothing_behind(published: bytes, tmp_path: Path, spoil: str) -> None:
    content = {"changed": b"\0" + published[1:], "truncated": published[:-100], "missing": b"no such file"}[
        spoil
    ]
    server = FileServer(content, 404 if spoil == "missing" else 200)
    with server.client() as client, pytest.raises((WrongFile, httpx.HTTPStatusError)):
        start_weights.download(URL, digest(published)[:8], tmp_path, client)
    assert list(tmp_path.iterdir()) == []


def test_a_spoilt_cache_is_refused(published: bytes, tmp_path: Path) -> None:
    (tmp_path / "resnet18.pth").write_bytes(published[:-1])
    with FileServer(published).client() as client, pytest.raises(WrongFile, match="sha256"):
        start_weights.download(URL, digest(published)[:8], tmp_path, client)


def test_a_local_file_needs_its_hash(published: bytes, tmp_path: Path) -> None:
    file = tmp_path / "mine.pth"
    file.write_bytes(published)
    network = EmbeddingNetwork(NetworkArguments(embedding_dim=8))
    for wrong in ("", "f370", "0" * 64):
        with pytest.raises(WrongFile):
            start_weights.fill(network, str(file), wrong, tmp_path)
    start = start_weights.fill(network, str(file), digest(published), tmp_path)
    assert start.history == {"kind": "imagenet", "file": "mine.pth"}


def test_a_file_of_another_network_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.pth"
    torch.save({"conv1.weight": torch.zeros(1)}, file)
    with pytest.raises(WrongFile, match="ResNet-18"):
        start_weights.load_trunk(EmbeddingNetwork(NetworkArguments(embedding_dim=8)), file)


def test_a_pickle_that_runs_code_is_not_opened(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path.touch, (tmp_path / "ran",))  # type: ignore[return-value]

    file = tmp_path / "evil.pth"
    torch.save({"conv1.weight": Evil()}, file)
    with pytest.raises(Exception, match="weights_only"):
        start_weights.load_trunk(EmbeddingNetwork(NetworkArguments(embedding_dim=8)), file)
    assert not (tmp_path / "ran").exists()
