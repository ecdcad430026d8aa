"""The report's way to a sentence: Keras' `predict` for the features, then for each word over the prefix."""

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from PIL import Image
from safetensors.numpy import load_file

from caption_job import decoders
from caption_service import keras_weights
from caption_service.artifact_files import DECODER, ENCODER
from caption_service.decoder_state import Float32
from caption_service.encoder_arguments import EncoderArguments
from caption_service.network import build_encoder
from caption_service.vocabulary import END, PAD, START, UNKNOWN
from diversity_contracts.manifest import Manifest
from diversity_contracts.pictures import decode
from diversity_view.preprocess import normalised

Tokens = tuple[int, ...]


class PredictedSentences:
    """An artifact's two networks in Keras, asked as the report's notebook asks them: greedy, one picture."""

    def __init__(self, folder: Path, manifest: Manifest, *, threads: int) -> None:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
        self.rule, self.longest = manifest.preprocessing, int(manifest.model["max_length"])
        self.encoder: keras.Model = build_encoder(EncoderArguments.from_json(manifest.model))
        keras_weights.load(self.encoder, folder / ENCODER)
        self.decoder: keras.Model = decoders.build(manifest.model, 0.0)
        decoders.restore(self.decoder, load_file(folder / DECODER))

    def prepared(self, pictures: Sequence[bytes]) -> Float32:
        """JPEG bytes to the encoder's input (n, size, size, 3)."""
        return np.stack([self._prepared(decode(data).image) for data in pictures])

    def one(self, picture: bytes) -> Tokens:
        """The tokens of one picture's sentence."""
        features = self.encoder.predict(self.prepared([picture]), verbose=0)
        words: list[int] = []
        while len(words) < self.longest:
            prefix = np.full((1, self.longest), PAD, np.int32)
            prefix[0, : len(words) + 1] = [START, *words]
            logits = self.decoder.predict([features, prefix], verbose=0)
            token = best(logits[0, len(words)])
            if token == END:
                break
            words.append(token)
        return tuple(words)

    def many(self, pictures: Sequence[bytes], batch: int = 16) -> list[Tokens]:
        """The same tokens, for comparison rather than for time: whole prefixes of all pictures at once."""
        parts = [
            self.encoder.predict_on_batch(self.prepared(pictures[start : start + batch]))
            for start in range(0, len(pictures), batch)
        ]
        features = np.concatenate(parts)
        prefix = np.full((len(pictures), self.longest), PAD, np.int32)
        prefix[:, 0] = START
        found: list[list[int]] = [[] for _ in pictures]
        ended: set[int] = set()
        for place in range(self.longest):
            logits = self.decoder.predict_on_batch([features, prefix])
            for row in sorted(set(range(len(pictures))) - ended):
                token = best(logits[row, place])
                if token == END:
                    ended.add(row)
                    continue
                found[row].append(token)
                if place + 1 < self.longest:
                    prefix[row, place + 1] = token
            if len(ended) == len(pictures):
                break
        return [tuple(tokens) for tokens in found]

    def _prepared(self, picture: Image.Image) -> Float32:
        return normalised(picture, self.rule)


def best(logits: Float32) -> int:
    """The likeliest word that may be written."""
    allowed = logits.copy()
    allowed[[PAD, START, UNKNOWN]] = -np.inf
    return int(allowed.argmax())
