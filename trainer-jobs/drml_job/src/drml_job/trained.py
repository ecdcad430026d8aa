"""Networks as this job left them: from a run's checkpoint, or from a published artifact."""

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file

from diversity_contracts.manifest import verify
from drml_job import checkpoints, provenance
from drml_job.augment import Normalisation
from drml_job.devices import Device
from drml_job.embedding import Presentation
from drml_service.artifact import WEIGHTS
from drml_service.network import EmbeddingNetwork, NetworkArguments


@dataclass(frozen=True)
class Trained:
    """A network with the preprocessing it was trained with: square pictures of `size` px, normalised.

    `seen_imagenet` is None where nobody wrote it down."""

    network: EmbeddingNetwork
    size: int
    normalise: Normalisation
    name: str
    seen_imagenet: bool | None

    def shown_on(self, device: Device) -> Presentation:
        """How pictures reach this network on a device; moves the network there."""
        self.network.to(device.torch_device)
        return Presentation(self.size, self.normalise, device)


def from_checkpoint(path: Path, *, rounded: bool = True, mirror: bool = False) -> Trained:
    """A finished or unfinished run of `train`; ValueError on a checkpoint of another step.

    `rounded` takes the weights through float16, as publishing will, so that what is measured is what is
    served. `mirror` averages every picture with its mirror image; training needs no word of it.
    """
    tensors, state = checkpoints.read(path)
    if state["kind"] != "train":
        raise ValueError(f"{path} is a checkpoint of {state['kind']}: its embedding is untrained")
    arguments = replace(NetworkArguments.from_json(state["network"]), mirror=mirror)
    network = EmbeddingNetwork(arguments)
    prefix = "model.network."
    network.load_state_dict({n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)})
    if rounded:
        network.half().float()
    normalise = Normalisation.between(state["mean"], state["std"])
    size, name = int(state["knobs"]["size"]), path.parent.name
    return Trained(network.eval(), size, normalise, name, provenance.seen_imagenet(state))


def from_artifact(folder: Path) -> Trained:
    """diversity_contracts.manifest.BadArtifact where a hash does not agree; weights come back to float32."""
    manifest = verify(folder, "drml")
    network = EmbeddingNetwork(NetworkArguments.from_json(dict(manifest.model)))
    tensors = load_file(folder / WEIGHTS)
    network.load_state_dict({n: t.float() if t.is_floating_point() else t for n, t in tensors.items()})
    rule = manifest.preprocessing
    normalise, seen = Normalisation(rule.mean, rule.std), manifest.metrics.get(provenance.METRIC)
    return Trained(
        network.eval(), rule.size, normalise, manifest.version, None if seen is None else bool(seen)
    )


def untrained(like: Trained, seed: int) -> Trained:
    """The same architecture with random weights: the floor every figure stands on."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = EmbeddingNetwork(like.network.arguments)
    return Trained(network.eval(), like.size, like.normalise, "untrained", False)
