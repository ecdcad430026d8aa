"""Golden inputs: drawn pictures whose embeddings an artifact must reproduce wherever it is loaded."""

import torch

from diversity_contracts.manifest import Preprocessing
from drml_service.network import EmbeddingNetwork
from drml_service.preprocess import network_input
from job_kit.golden_pictures import pictures

NUMBERS = 32  # of 4096: enough that another network agrees by chance with none of them
# Cosine distance. Other orders of summation move it by 1e-6; other weights, or another resize filter, by 1e-2
# and more.
TOLERANCE = 1e-4


def answers(network: EmbeddingNetwork, rule: Preprocessing) -> dict[str, list[float]]:
    """The first numbers of each golden picture's embedding, by file name, one picture at a time as served."""
    result = {}
    with torch.inference_mode():
        for name, picture in pictures().items():
            x = torch.from_numpy(network_input(picture, rule)).unsqueeze(0)
            result[name] = [float(number) for number in network(x)[0, :NUMBERS]]
    return result
