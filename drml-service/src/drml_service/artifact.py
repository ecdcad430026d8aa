"""The files of a DRML artifact."""

from pathlib import Path

STARTER = Path(__file__).with_name("starter")
# An artifact's weights, under the names of `EmbeddingNetwork`'s state dict, in any floating-point precision.
WEIGHTS = "weights.safetensors"
# Optional: the tensor `embedding_mean` (m,), the training set's mean embedding and the origin of the search.
CENTRE = "centre.safetensors"
CENTRE_TENSOR = "embedding_mean"
# Optional: the tensor `reference` (m, r), float16: training pictures' vectors in the space that is searched.
REFERENCE = "reference.safetensors"
REFERENCE_TENSOR = "reference"
# Optional: the layers of `projection.Projection`, the map from a vector to its place in the plane.
PROJECTION = "projection.safetensors"
# Optional: what `eight_bits` says of the convolutions that may run in 8 bits.
EIGHT_BITS = "int8.json"
