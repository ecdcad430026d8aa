"""The picture network on Keras: an artifact's weights, read and warmed up."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import keras
import numpy as np
import tensorflow as tf
from PIL import Image

from caption_service import keras_weights
from caption_service.artifact_files import ENCODER
from caption_service.decoder import takes_map
from caption_service.decoder_state import Float32
from caption_service.encoder_arguments import EncoderArguments
from caption_service.network import build_encoder, build_map_encoder
from caption_service.precision import Precision
from diversity_contracts.manifest import BadArtifact, Manifest, Preprocessing
from diversity_view.preprocess import normalised, reduction


class KerasEncoder:
    """The reference: pictures to features, or to a map where the decoder looks at one, float32 on the CPU."""

    runtime = "keras"
    precision: Precision = "float32"

    def __init__(self, network: keras.Model, rule: Preprocessing) -> None:
        # One call uses every thread TensorFlow was given; a second one beside it would only fight for cores.
        self._turn = threading.Lock()
        self._rule, self.reduction = rule, reduction(rule)
        signature = [tf.TensorSpec((None, rule.size, rule.size, 3), tf.float32)]
        # Traced once for every batch size: a new graph would take seconds.
        self._call = tf.function(
            lambda pictures: network(pictures, training=False), input_signature=signature
        )

    @classmethod
    def load(cls, folder: Path, manifest: Manifest, *, threads: int) -> Self:
        """Build the encoder of a verified artifact.

        Raises BadArtifact when the weights are not this network's, or the pictures' size is not its own.
        """
        use_threads(threads)
        try:
            arguments = EncoderArguments.from_json(manifest.model)
        except ValueError as error:
            raise BadArtifact(f"The encoder cannot be built: {error}") from error
        if manifest.preprocessing.size != arguments.size:
            raise BadArtifact(
                f"Pictures of {manifest.preprocessing.size} pixels do not fit an encoder of {arguments.size}."
            )
        network = (build_map_encoder if takes_map(manifest.model) else build_encoder)(arguments)
        keras_weights.load(network, folder / ENCODER)
        return cls(network, manifest.preprocessing)

    def prepare(self, picture: Image.Image) -> Float32:
        """An RGB picture to (size, size, 3)."""
        return normalised(picture, self._rule)

    def encode(self, inputs: Sequence[Float32]) -> Float32:
        """Inputs (size, size, 3) to features (n, feature_dim) or maps (n, positions, feature_dim)."""
        batch = tf.constant(np.stack(inputs))
        with self._turn:
            features: Float32 = self._call(batch).numpy()
        return features


def use_threads(count: int) -> None:
    """How many cores TensorFlow uses; once something has run it keeps what it has."""
    if tf.config.threading.get_intra_op_parallelism_threads() == count:
        return
    try:
        tf.config.threading.set_intra_op_parallelism_threads(count)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:  # a second artifact in one process: the first one's threads serve it too
        return
