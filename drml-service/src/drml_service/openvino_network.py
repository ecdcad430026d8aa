"""The network on OpenVINO: compiled for this processor, on threads of its own."""

from functools import cache

import numpy as np
from openvino import Core, Model, Tensor

from diversity_contracts.manifest import BadArtifact
from drml_service.precision import Precision, form_of
from drml_service.processor import sums_are_wide
from drml_service.weights import Float32

_HINTS: dict[Precision, str] = {"float32": "f32", "bfloat16": "bf16"}


class OpenVinoNetwork:
    """Inputs to features. Not for two threads at a time: a second call would only fight for the cores.

    Raises BadArtifact where the library cannot compile the graph for this processor.
    """

    def __init__(self, graph: Model, *, threads: int, precision: Precision) -> None:
        # Where 8-bit steps are in the graph, they are taken in either precision of the rest.
        rest = precision if precision in _HINTS else _rest()
        properties = {
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": _HINTS[rest],
            # Two processes that pin their threads would choose the same cores.
            "ENABLE_CPU_PINNING": False,
        }
        try:
            self._compiled = _core().compile_model(graph, "CPU", properties)
            self._request = self._compiled.create_infer_request()
        except RuntimeError as error:
            raise BadArtifact(f"OpenVINO cannot compile the network: {str(error)[-200:].strip()}") from error

    def features(self, inputs: Float32) -> Float32:
        """(n, 3, size, size) to (n, feature_dim). Raises BadArtifact where the library loses rows."""
        # A copy: the runtime writes its own intermediate results into memory that it was lent.
        self._request.set_input_tensor(Tensor(np.ascontiguousarray(inputs), shared_memory=False))
        self._request.infer()
        found: Float32 = self._request.get_output_tensor(0).data.copy()
        if found.ndim > 1 and len(found) != len(inputs):
            # Seen of 2026.4: no row and no word, where of all convolutions one of the last had 8 bits.
            raise BadArtifact(f"OpenVINO gave {len(found)} rows for {len(inputs)} pictures.")
        return found

    def outputs(self, inputs: Float32) -> list[Float32]:
        """Every output of the graph for (n, 3, size, size)."""
        self.features(inputs)
        count = len(self._request.model_outputs)
        return [self._request.get_output_tensor(number).data.copy() for number in range(count)]


@cache
def _core() -> Core:
    """One for the life of the process.

    A core's plugin gives the thread that makes it a stack for signals, and takes it away from the thread that
    lets the last network go. Where that is another one, the first keeps an address where nothing is, and its
    next signal, SIGTERM or a child's end, is a segmentation fault.
    """
    return Core()


def supported() -> set[Precision]:
    """The precisions that this processor computes in, rather than imitates."""
    capable = set(_core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"))
    names: dict[str, Precision] = {"FP32": "float32", "BF16": "bfloat16", "INT8": "int8"}
    return {precision for name, precision in names.items() if name in capable}


def form(precision: Precision) -> str:
    """What a network that computes in `precision` here is called."""
    return form_of(precision, _rest(), wide=sums_are_wide())


def _rest() -> Precision:
    return "bfloat16" if "bfloat16" in supported() else "float32"
