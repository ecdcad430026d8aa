"""The picture network on OpenVINO: an encoder's graph, compiled for this processor."""

import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import openvino as ov
from PIL import Image

from caption_service.decoder_state import Float32
from caption_service.precision import Precision
from diversity_contracts.manifest import BadArtifact, Preprocessing
from diversity_view.preprocess import normalised, reduction

_HINTS: dict[Precision, str] = {"float32": "f32", "bfloat16": "bf16"}


class CompiledEncoder:
    """Pictures to features, or to a feature map where the decoder looks at one."""

    runtime = "openvino"

    def __init__(
        self, graph: Path, rule: Preprocessing, *, threads: int, precision: Precision = "float32"
    ) -> None:
        """`graph`: what `graph_from_keras` wrote. Raises BadArtifact when it cannot be compiled."""
        # One call uses every thread it was given; a second one beside it would only fight for cores.
        self._turn = threading.Lock()
        self._rule, self.precision, self.reduction = rule, precision, reduction(rule)
        settings = {
            "INFERENCE_PRECISION_HINT": _HINTS[precision],  # by itself OpenVINO takes what is fastest
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
            # Two processes that pin their threads would choose the same cores.
            "ENABLE_CPU_PINNING": False,
        }
        try:
            self._request = _core().compile_model(graph, "CPU", settings).create_infer_request()
        except RuntimeError as error:
            raise BadArtifact(f"The encoder's graph cannot be compiled: {error}") from error

    def prepare(self, picture: Image.Image) -> Float32:
        """An RGB picture to (size, size, 3)."""
        return normalised(picture, self._rule)

    def encode(self, inputs: Sequence[Float32]) -> Float32:
        """Inputs (size, size, 3) to features (n, feature_dim) or maps (n, positions, feature_dim)."""
        batch = np.stack(inputs)
        with self._turn:
            # The runtime may write into what it is lent.
            self._request.set_input_tensor(ov.Tensor(batch, shared_memory=False))
            self._request.infer()
            features: Float32 = self._request.get_output_tensor().data.copy()
        return features


@cache
def _core() -> ov.Core:
    """One for the life of the process: see drml_service.openvino_network."""
    return ov.Core()


def native() -> set[Precision]:
    """The precisions that this processor computes in rather than imitates."""
    capable = set(_core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"))
    names: dict[str, Precision] = {"FP32": "float32", "BF16": "bfloat16"}
    return {precision for name, precision in names.items() if name in capable}
