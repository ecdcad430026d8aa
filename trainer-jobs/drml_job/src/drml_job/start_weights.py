"""Start weights: ImageNet's through torchvision, a local file, an earlier run's, or a published artifact's.

Whatever the source, the file is checked by its sha256 before it is opened, and opened as tensors only.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from diversity_contracts.manifest import MANIFEST
from drml_job import checkpoints, trained
from drml_service.artifact import STARTER
from drml_service.network import EmbeddingNetwork
from job_kit import download
from job_kit.download import RemoteFile
from job_kit.hashes import WrongFile, check

# torchvision's ResNet18_Weights.IMAGENET1K_V1; its name carries the first eight digits of the hash.
IMAGENET = RemoteFile(
    "https://download.pytorch.org/models/resnet18-f37072fd.pth",
    46_830_571,
    "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec",
)


class WrongWeights(WrongFile):
    """A file that does not fit the network."""


def load_trunk(network: EmbeddingNetwork, path: Path) -> None:
    """Fills the trunk from torchvision's state dict (.pth, or .safetensors), its 1000-way head left out."""
    tensors: dict[str, Tensor]
    if path.suffix == ".safetensors":
        tensors = load_file(path)
    else:
        tensors = torch.load(path, map_location="cpu", weights_only=True)
    trunk = {name: tensor for name, tensor in tensors.items() if not name.startswith("fc.")}
    try:
        network.trunk.load_state_dict(trunk)
    except RuntimeError as mismatch:
        raise WrongWeights(f"{path.name} does not hold a ResNet-18: {mismatch}") from mismatch


@dataclass(frozen=True)
class Start:
    """What came with the weights: a classification head (empty if none), and the story of how they were
    made."""

    head: dict[str, Tensor]
    history: dict[str, Any]


def fill(
    network: EmbeddingNetwork, start: str, sha256: str, cache: Path, *, features_only: bool = False
) -> Start:
    """Fills the network from `start`.

    `none` leaves the random weights; `imagenet` downloads torchvision's into `cache`; `starter` is the
    artifact that ships with the view; else a path: a published artifact's folder, a checkpoint of this job,
    or torchvision's ResNet-18, which must match the given sha256. `features_only` leaves the embedding layer
    as it is, whatever its size there: pretraining does not touch it.
    """
    if start == "none":
        return Start({}, {"kind": "random"})
    if start == "imagenet":
        with download.open_client() as client:
            load_trunk(network, download.fetch(IMAGENET, cache, client))
        return Start({}, {"kind": "imagenet", "file": IMAGENET.name})
    path = STARTER if start == "starter" else Path(start)
    if (path / MANIFEST).is_file():
        return load_artifact(network, path, features_only)
    if path.name == checkpoints.FILE_NAME:
        return load_checkpoint(network, path, features_only)
    check(path, sha256)
    load_trunk(network, path)
    return Start({}, {"kind": "imagenet", "file": path.name})


def load_checkpoint(network: EmbeddingNetwork, path: Path, features_only: bool = False) -> Start:
    """Fills the network's features from a checkpoint of this job; the embedding layer only from one that
    trained it.

    WrongWeights where it holds another architecture.
    """
    tensors, state = checkpoints.read(path)
    model = {name.removeprefix("model."): t for name, t in tensors.items() if name.startswith("model.")}
    own = {name.removeprefix("network."): t for name, t in model.items() if name.startswith("network.")}
    if features_only or state["kind"] == "pretrain":
        own |= _embedding(network)
    try:
        network.load_state_dict(own)
    except RuntimeError as mismatch:
        raise WrongWeights(f"{path.parent.name} holds another architecture: {mismatch}") from mismatch
    head = {name.removeprefix("head."): t for name, t in model.items() if name.startswith("head.")}
    kept = ("kind", "knobs", "epoch", "amendments", "started_from", "teacher", "triplets")
    return Start(head, {key: state[key] for key in kept if key in state})


def load_artifact(network: EmbeddingNetwork, folder: Path, features_only: bool) -> Start:
    """Fills the network, its embedding too, from a published artifact; no artifact keeps a head.

    diversity_contracts.manifest.BadArtifact where a hash does not agree, WrongWeights where it holds another
    architecture.
    """
    before = trained.from_artifact(folder)
    try:
        network.load_state_dict(before.network.state_dict() | (_embedding(network) if features_only else {}))
    except RuntimeError as mismatch:
        raise WrongWeights(f"{before.name} holds another architecture: {mismatch}") from mismatch
    return Start({}, {"kind": "artifact", "version": before.name, "seen_imagenet": before.seen_imagenet})


def _embedding(network: EmbeddingNetwork) -> dict[str, Tensor]:
    return {f"embedding.{name}": tensor for name, tensor in network.embedding.state_dict().items()}
