"""An encoder's OpenVINO graph, traced from its Keras network: `python -m caption_service.graph_from_keras`.

A program of its own, because Keras takes one backend a process: here OpenVINO's, which computes nothing but
notes what would be computed. TensorFlow is not needed, and the service keeps none of this in its memory.

    KERAS_BACKEND=openvino python -m caption_service.graph_from_keras ARTIFACT GRAPH.xml
"""

import argparse
from pathlib import Path

import keras
import openvino as ov
from openvino import opset15 as ops

from caption_service import graph_layout, keras_weights
from caption_service.artifact_files import ENCODER, GRAPH_INPUT
from caption_service.decoder import takes_map
from caption_service.encoder_arguments import EncoderArguments
from caption_service.network import build_encoder, build_map_encoder
from diversity_contracts.manifest import MANIFEST, Manifest


def write_graph(network: keras.Model, target: Path) -> None:
    """Write `network` as target.xml beside target.bin, float32, any number of pictures at once."""
    traced = target.with_name(f"traced-{target.name}")
    network.export(str(traced), format="openvino", verbose=False)
    graph = ov.Core().read_model(traced)
    graph.inputs[0].get_tensor().set_names({GRAPH_INPUT})
    _free_the_batch(graph)
    graph_layout.untangle(graph)
    ov.save_model(graph, target, compress_to_fp16=False)
    for left in (traced, traced.with_suffix(".bin")):
        left.unlink()


def _free_the_batch(graph: ov.Model) -> None:
    """Let reshapes keep the first axis as it comes: Keras traces with one picture, and writes that 1 down."""
    for node in graph.get_ordered_ops():
        node.validate_and_infer_types()
        if node.get_type_name() != "Reshape" or not node.input_value(0).get_partial_shape()[0].is_dynamic:
            continue
        pattern = node.input_value(1).get_node().get_data().copy()
        pattern[0] = 0  # as in the input
        free = ops.reshape(node.input_value(0), ops.constant(pattern), special_zero=True)
        for taker in list(node.output(0).get_target_inputs()):
            taker.replace_source_output(free.output(0))
    graph.validate_nodes_and_infer_types()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("artifact", type=Path, help="a verified artifact's folder")
    parser.add_argument("graph", type=Path, help="where the graph goes")
    values = parser.parse_args()
    manifest = Manifest.model_validate_json((values.artifact / MANIFEST).read_bytes())
    build = build_map_encoder if takes_map(manifest.model) else build_encoder
    network = build(EncoderArguments.from_json(manifest.model))
    keras_weights.load(network, values.artifact / ENCODER)
    write_graph(network, values.graph)


if __name__ == "__main__":
    main()
