"""The ways in which an artifact's network can run here, the best one first."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol, Self

from diversity_contracts.manifest import Manifest
from drml_service import eight_bits, weights
from drml_service.artifact import EIGHT_BITS
from drml_service.network_arguments import NetworkArguments
from drml_service.precision import Precision, chosen, forms
from drml_service.search import Float32

Runtime = Literal["openvino", "torch"]
Auto = Literal["auto"]


class Network(Protocol):
    """A network that is ready to compute. Asked by one thread at a time."""

    def features(self, inputs: Float32) -> Float32:
        """(n, 3, size, size) to (n, d)."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A network as an artifact states it; `highest` where it was calibrated for 8 bits."""

    arguments: NetworkArguments
    weights: weights.Weights
    size: int
    drift: dict[str, float]
    highest: eight_bits.Highest | None

    @classmethod
    def of(cls, folder: Path, manifest: Manifest) -> Self:
        """Raises BadArtifact: the weights are not this network's, or hold NaN."""
        arguments = weights.arguments_of(manifest)
        highest = eight_bits.load(folder, manifest)
        tensors = weights.read(folder, arguments)
        return cls(arguments, tensors, manifest.preprocessing.size, _drift(manifest), highest)


@dataclass(frozen=True, slots=True)
class Way:
    """One of them: `make` may raise BadArtifact where this processor or library cannot after all."""

    runtime: Runtime
    precision: Precision
    form: str
    make: Callable[[], Network]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the settings ask for."""

    threads: int
    runtime: Runtime | Auto = "auto"
    precision: Precision | Auto = "auto"


def forms_of(manifest: Manifest, runtime: Runtime | Auto, precision: Precision | Auto) -> list[str]:
    """The forms in which a verified artifact may be served here, the one that is asked for first."""
    if runtime == "torch":
        return ["float32"]
    try:
        from drml_service.openvino_network import form, supported  # noqa: PLC0415  loaded when it serves
    except ImportError:
        return ["float32"]
    return [form(one) for one in forms(precision, _drift(manifest), supported())]


def _drift(manifest: Manifest) -> dict[str, float]:
    """As published; without its ranges an 8-bit network cannot be built, whatever was measured of it."""
    ranges = EIGHT_BITS in manifest.files
    return {name: far for name, far in manifest.drift.items() if name != "int8" or ranges}


def ways(network: Rebuilt, asked: Asked, notes: list[str]) -> Iterator[Way]:
    """Each made when it is asked for, so that torch is loaded only where nothing else serves.

    `notes` receives why a way that was asked for is left out.
    """
    if asked.runtime != "torch":
        yield from _on_openvino(network, asked, notes)
    if asked.runtime != "openvino":
        yield from _on_torch(network, asked.threads, notes)


def _on_openvino(network: Rebuilt, asked: Asked, notes: list[str]) -> Iterator[Way]:
    try:
        from drml_service.openvino_graph import features_graph  # noqa: PLC0415  loaded when it serves
        from drml_service.openvino_network import OpenVinoNetwork, form, supported  # noqa: PLC0415
    except ImportError as error:
        notes.append(f"OpenVINO cannot be loaded: {error}")
        return
    precision, note = chosen(asked.precision, network.drift, supported())
    if note is not None:
        notes.append(note)

    def way(served: Precision) -> Way:
        stated = network if served == "int8" else replace(network, highest=None)

        def make() -> Network:
            graph = features_graph(stated.arguments, stated.weights, stated.size, stated.highest)
            return OpenVinoNetwork(graph, threads=asked.threads, precision=served)

        return Way("openvino", served, form(served), make)

    yield way(precision)
    if precision != "float32":
        yield way("float32")


def _on_torch(network: Rebuilt, threads: int, notes: list[str]) -> Iterator[Way]:
    try:
        from drml_service.torch_network import TorchNetwork  # noqa: PLC0415  seconds to load, an extra
    except ImportError as error:
        notes.append(f"torch cannot be loaded: {error}")
        return

    def make() -> Network:
        return TorchNetwork(network.arguments, network.weights, threads=threads)

    yield Way("torch", "float32", "float32", make)
