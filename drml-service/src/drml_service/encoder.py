"""An artifact's network as it serves: in the best way whose answers to the golden inputs are right."""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from PIL import Image

from diversity_contracts.manifest import BadArtifact, Manifest, Preprocessing
from diversity_contracts.reductions import Reduction
from diversity_view.golden import check
from diversity_view.preprocess import reduction
from drml_service import weights
from drml_service.isometry import Isometry
from drml_service.precision import Precision, tolerance
from drml_service.preprocess import network_input
from drml_service.runtimes import Asked, Auto, Network, Rebuilt, Runtime, Way, ways
from drml_service.search import Float32, Float64

log = logging.getLogger(__name__)


class NetworkEncoder:
    """Pictures to reduced vectors, float32 on the CPU.

    Attributes:
        rule: how a picture becomes an input.
        runtime, precision: how the network computes.
        form: what its numbers are called; those of another form are others.
        note: why that is not what was asked for; None where it is.
    """

    def __init__(self, way: Way, isometry: Isometry, rule: Preprocessing) -> None:
        # One call uses every thread the network was given; a second one beside it would only fight for cores.
        self._turn = threading.Lock()
        self._network: Network = way.make()
        self._isometry, self.rule = isometry, rule
        self.runtime: Runtime = way.runtime
        self.precision: Precision = way.precision
        self.form = way.form
        self.note: str | None = None

    @classmethod
    def load(
        cls,
        folder: Path,
        manifest: Manifest,
        *,
        threads: int,
        runtime: Runtime | Auto = "auto",
        precision: Precision | Auto = "auto",
    ) -> Self:
        """Build the network of a verified artifact and compare it with its golden inputs.

        What does not agree with them gives way to the next: float32 instead of less, torch instead of
        OpenVINO.

        Raises:
            BadArtifact: the weights are not this network's, hold NaN, or give other answers than published
                whatever they run on.
        """
        network = Rebuilt.of(folder, manifest)
        isometry = Isometry.of(
            network.weights["embedding.weight"],
            network.weights["embedding.bias"],
            normalise=network.arguments.normalise,
            mean=weights.read_centre(folder, manifest),
        )
        notes = list[str]()
        refusal: BadArtifact | None = None
        for way in ways(network, Asked(threads, runtime, precision), notes):
            try:
                encoder = cls(way, isometry, manifest.preprocessing)
                encoder._agree(folder, manifest)
            except BadArtifact as error:
                notes.append(f"{way.runtime} in {way.precision}: {error}")
                refusal = error
                continue
            encoder.note = "; ".join(notes) or None
            said = {"runtime": way.runtime, "precision": way.precision, "note": encoder.note}
            log.log(logging.WARNING if notes else logging.INFO, "the network is loaded", extra=said)
            return encoder
        raise refusal or BadArtifact("The network cannot be built: " + "; ".join(notes))

    @property
    def dimension(self) -> int:
        """r, the length of a vector."""
        return self._isometry.dimension

    @property
    def reduction(self) -> Reduction:
        """What `prepare` needs of a picture."""
        return reduction(self.rule)

    def prepare(self, picture: Image.Image) -> Float32:
        """An RGB picture to (3, size, size)."""
        return network_input(picture, self.rule)

    def encode(self, inputs: Sequence[Float32]) -> Float32:
        """Inputs (3, size, size) to vectors (n, r)."""
        batch = np.stack(inputs)
        with self._turn:
            features = self._network.features(batch)
        return self._isometry.reduce(features)

    def lift(self, vectors: Float32) -> Float64:
        """Vectors (n, r) to embeddings (n, m)."""
        return self._isometry.lift(vectors)

    def _embedding(self, picture: Image.Image) -> Float64:
        embedding: Float64 = self.lift(self.encode([self.prepare(picture)]))[0]
        return embedding

    def _agree(self, folder: Path, manifest: Manifest) -> None:
        """Raises BadArtifact where a golden input has another answer than was published."""
        least = tolerance(self.form, manifest.drift)  # those are float32's
        for golden in manifest.golden:
            bounded = golden.model_copy(update={"tolerance": max(golden.tolerance, least)})
            check(bounded, (folder / golden.file).read_bytes(), self._embedding)
