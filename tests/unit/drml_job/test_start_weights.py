"""Start weights: from a file that is known by its hash, opened as tensors only."""

import hashlib
import io
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from diversity_contracts.manifest import BadArtifact, verify
from drml_job import start_weights
from drml_service.artifact import STARTER, WEIGHTS
from drml_service.network import EmbeddingNetwork, NetworkArguments
from drml_service.vision import resnet18
from job_kit import download
from job_kit.hashes import WrongFile


@pytest.fixture(scope="module")
def published() -> bytes:
    """torchvision's own format: its ResNet-18, with the 1000-way head."""
    torch.manual_seed(5)
    buffer = io.BytesIO()
    torch.save(resnet18().state_dict(), buffer)
    return buffer.getvalue()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_torchvisions_file_fills_the_trunk(published: bytes, tmp_path: Path) -> None:
    file = tmp_path / "resnet18.pth"
    file.write_bytes(published)
    network = EmbeddingNetwork(NetworkArguments(embedding_dim=8))
    start_weights.load_trunk(network, file)
    torch.manual_seed(5)
    expected = resnet18().state_dict()
    assert all(torch.equal(tensor, expected[name]) for name, tensor in network.trunk.state_dict().items())


def test_another_file_in_imagenets_place_is_not_opened(published: bytes, tmp_path: Path) -> None:
    """The cache holds something of that name, and nobody answers for a better copy."""
    (tmp_path / "resnet18.pth").write_bytes(published)
    nowhere = replace(start_weights.IMAGENET, url="http://127.0.0.1:9/resnet18.pth")
    network = EmbeddingNetwork(NetworkArguments(embedding_dim=8))
    with (
        download.open_client() as client,
        pytest.raises(download.Refused),
    ):
        start_weights.load_trunk(network, download.fetch(nowhere, tmp_path, client, pause=lambda _: None))
    assert not (tmp_path / "resnet18.pth").exists()


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


def test_the_starter_is_gone_on_from_and_tells_what_it_is() -> None:
    network = EmbeddingNetwork(NetworkArguments(normalise=True))
    start = start_weights.fill(network, "starter", "", Path())
    manifest = verify(STARTER, "drml")
    shipped = load_file(STARTER / WEIGHTS)
    assert torch.equal(network.embedding.weight, shipped["embedding.weight"].float())
    assert torch.equal(network.trunk.conv1.weight, shipped["trunk.conv1.weight"].float())
    assert start.history == {"kind": "artifact", "version": manifest.version, "seen_imagenet": False}
    assert not start.head


def test_an_artifact_of_another_architecture_is_refused() -> None:
    with pytest.raises(WrongFile, match="another architecture"):
        start_weights.fill(EmbeddingNetwork(NetworkArguments(embedding_dim=8)), str(STARTER), "", Path())


def test_a_damaged_artifact_is_not_opened(tmp_path: Path) -> None:
    copy = shutil.copytree(STARTER, tmp_path / "copy")
    content = bytearray((copy / WEIGHTS).read_bytes())
    content[-1] ^= 1
    (copy / WEIGHTS).write_bytes(content)
    with pytest.raises(BadArtifact):
        start_weights.fill(EmbeddingNetwork(NetworkArguments(normalise=True)), str(copy), "", Path())
