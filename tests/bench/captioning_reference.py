"""The report's way to a sentence: Keras' `predict` for the features, then for each word over the prefix."""

from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
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
Beginning = tuple[Tokens, float]
BATCH = 16


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

    def features(self, pictures: Sequence[bytes]) -> Float32:
        """(n, d): for comparison rather than for time, many pictures at once."""
        parts = [
            self.encoder.predict_on_batch(self.prepared(pictures[start : start + BATCH]))
            for start in range(0, len(pictures), BATCH)
        ]
        found: Float32 = np.concatenate(parts)
        return found

    def greedy(self, features: Float32) -> list[Tokens]:
        """What `one` writes, of features (n, d)."""
        return [tokens for part in self._parts(features) for tokens in self._beams(part, 1, 0.0)]

    def beams(self, features: Float32, width: int, penalty: float) -> list[Tokens]:
        """A beam as the textbook has it, of features (n, d): each step runs every beginning anew from its
        first word, keeps the `width` likeliest, and puts those that end aside; the best of them by
        log-probability ÷ steps^penalty is the sentence. Where none ended, the best of those cut off."""
        return [tokens for part in self._parts(features) for tokens in self._beams(part, width, penalty)]

    def _parts(self, features: Float32) -> list[Float32]:
        return [features[start : start + BATCH] for start in range(0, len(features), BATCH)]

    def _beams(self, features: Float32, width: int, penalty: float) -> list[Tokens]:
        going: list[list[Beginning]] = [[((), 0.0)] for _ in features]
        ended: list[list[tuple[float, Tokens]]] = [[] for _ in features]
        for step in range(1, self.longest + 1):
            told = self._next_words(features, going, width)
            for place, beginnings in enumerate(going):
                options = [
                    (total + float(told[place, row, token]), words, token)
                    for row, (words, total) in enumerate(beginnings)
                    for token in likeliest(told[place, row], width)
                ]
                best = sorted(options, key=lambda option: -option[0])[:width]
                ended[place] += [(total / step**penalty, words) for total, words, last in best if last == END]
                going[place] = [((*words, last), total) for total, words, last in best if last != END]
                # A log-probability only falls, and the longest sentence divides it by most.
                most = max((total for _, total in going[place]), default=-np.inf) / self.longest**penalty
                if ended[place] and max(ended[place])[0] >= most:
                    going[place] = []
            if not any(going):
                break
        return [
            max(done, key=lambda one: one[0])[1] if done else max(left, key=lambda one: one[1])[0]
            for done, left in zip(ended, going, strict=True)
        ]

    def _next_words(
        self, features: Float32, going: Sequence[Sequence[Beginning]], width: int
    ) -> NDArray[np.float64]:
        """(n, width, V): ln of each next word's probability after each beginning."""
        prefix = np.full((len(going), width, self.longest), PAD, np.int32)
        last = np.zeros((len(going), width), np.intp)
        for place, beginnings in enumerate(going):
            for row, (words, _) in enumerate(beginnings):
                prefix[place, row, : len(words) + 1] = [START, *words]
                last[place, row] = len(words)
        rows = len(going) * width
        wide = np.repeat(features, width, axis=0)
        logits = self.decoder.predict_on_batch([wide, prefix.reshape(rows, self.longest)])
        told: NDArray[np.float64] = logits[np.arange(rows), last.ravel()].astype(np.float64)
        told -= np.log(np.exp(told - told.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True)) + told.max(
            axis=1, keepdims=True
        )
        told[:, [PAD, START, UNKNOWN]] = -np.inf
        return told.reshape(len(going), width, -1)

    def _prepared(self, picture: Image.Image) -> Float32:
        return normalised(picture, self.rule)


def best(logits: Float32) -> int:
    """The likeliest word that may be written."""
    allowed = logits.copy()
    allowed[[PAD, START, UNKNOWN]] = -np.inf
    return int(allowed.argmax())


def likeliest(told: NDArray[np.float64], count: int) -> list[int]:
    """The words with the largest of `told` (V,), the smallest token first where several are equal."""
    found: list[int] = np.argsort(-told, kind="stable")[:count].tolist()
    return found
