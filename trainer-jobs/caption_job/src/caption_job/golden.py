"""Golden inputs: drawn pictures whose features and sentence an artifact must give wherever it is loaded."""

from collections.abc import Mapping, Sequence

import keras
import numpy as np
from PIL import Image

from caption_service.captioning import Encoder, Writer
from caption_service.decoder_state import Float32
from caption_service.precision import Precision
from diversity_contracts.manifest import Golden, Preprocessing
from diversity_view.preprocess import normalised, reduction

NUMBERS = 32  # of the features: enough that another encoder agrees by chance with none of them
# Cosine distance. Other orders of summation move it by 1e-6; other weights or another filter, by 1e-2.
TOLERANCE = 1e-4
# What a sentence must bear to be demanded word for word: ten times what other kernels change in a feature.
_TREMBLE, _TRIALS = 1e-4, 8


class Network:
    """A picture network on whichever backend Keras runs on: the service's reference is TensorFlow's alone."""

    runtime = "keras"
    precision: Precision = "float32"

    def __init__(self, network: keras.Model, rule: Preprocessing) -> None:
        self._network, self._rule, self.reduction = network, rule, reduction(rule)

    def prepare(self, picture: Image.Image) -> Float32:
        return normalised(picture, self._rule)

    def encode(self, inputs: Sequence[Float32]) -> Float32:
        return np.asarray(self._network.predict_on_batch(np.stack(inputs)), np.float32)


def answers(encoder: Encoder, writer: Writer, pictures: Mapping[str, Image.Image]) -> list[Golden]:
    """The first numbers of each picture's features and its sentence, one picture at a time as served.

    A sentence that a trembling of the features changes is not demanded: on another machine's kernels it might
    come out otherwise, and a sound artifact would be refused.
    """
    found = []
    for name, picture in pictures.items():
        features = encoder.encode([encoder.prepare(picture)])
        sentence = writer.write(features).sentence
        random = np.random.default_rng(0)
        scale = _TREMBLE * float(np.abs(features).max())
        trembling = (
            features + random.normal(0, scale, features.shape).astype(np.float32) for _ in range(_TRIALS)
        )
        steady = all(writer.write(other).sentence == sentence for other in trembling)
        numbers = [float(number) for number in features.ravel()[:NUMBERS]]
        found.append(
            Golden(file=name, output=numbers, tolerance=TOLERANCE, sentence=sentence if steady else None)
        )
    return found
