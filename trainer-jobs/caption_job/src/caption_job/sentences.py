"""Captions as arrays: what the decoder reads, what it should say next, in batches of like length."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from caption_job.prepared import Prepared
from caption_service.vocabulary import END, PAD, START, UNKNOWN

Ints = NDArray[np.int32]
_POOL = 50  # batches sorted by length together: batches of one length, in an order still close to chance


@dataclass(frozen=True)
class Batch:
    """`pictures` (B,) rows of features; `inputs` and `targets` (B, T); `counts` (B, T) float32, 1 where the
    target is a word the vocabulary knows or the end."""

    pictures: NDArray[np.int64]
    inputs: Ints
    targets: Ints
    counts: NDArray[np.float32]


@dataclass(frozen=True)
class Sentences:
    """One row per caption, padded on the right; `lengths` count the targets, the end among them."""

    pictures: NDArray[np.int64]
    inputs: Ints
    targets: Ints
    lengths: NDArray[np.int64]

    @classmethod
    def of(cls, data: Prepared, rows: Sequence[int] | NDArray[np.int64], max_length: int) -> "Sentences":
        """Every caption of the given pictures, cut to `max_length` targets; empty ones are left out."""
        pictures: list[int] = []
        tokens: list[list[int]] = []
        for row in rows:
            for cleaned in data.pictures[row].cleaned:
                if encoded := data.words.encode(cleaned):
                    pictures.append(int(row))
                    tokens.append(encoded[: max_length - 1])
        return cls.from_tokens(np.asarray(pictures, np.int64), tokens)

    @classmethod
    def from_tokens(cls, pictures: NDArray[np.int64], tokens: Sequence[Sequence[int]]) -> "Sentences":
        """`tokens[i]` are the words of a sentence about `pictures[i]`, without start and end."""
        lengths = np.asarray([len(words) + 1 for words in tokens], np.int64)
        inputs = np.full((len(tokens), int(lengths.max(initial=1))), PAD, np.int32)
        targets = inputs.copy()
        for row, words in enumerate(tokens):
            inputs[row, : len(words) + 1] = [START, *words]
            targets[row, : len(words) + 1] = [*words, END]
        return cls(pictures, inputs, targets, lengths)

    def take(self, rows: NDArray[np.int64]) -> Batch:
        """These captions as one batch, as long as its longest."""
        longest = int(self.lengths[rows].max())
        targets = self.targets[rows, :longest]
        counts = ((targets != PAD) & (targets != UNKNOWN)).astype(np.float32)
        return Batch(self.pictures[rows], self.inputs[rows, :longest], targets, counts)

    @property
    def known_share(self) -> float:
        """The share of targets that the vocabulary knows: a served decoder gets the others wrong."""
        real = self.targets != PAD
        return float((self.targets[real] != UNKNOWN).mean())

    def shuffled(self, size: int, seed: tuple[int, ...]) -> Iterator[Batch]:
        """Every caption once, in batches of like length, in an order that the seed alone decides."""
        random = np.random.default_rng(seed)
        order = random.permutation(len(self.lengths))
        batches: list[NDArray[np.int64]] = []
        for start in range(0, len(order), size * _POOL):
            pool = order[start : start + size * _POOL]
            pool = pool[np.argsort(self.lengths[pool], kind="stable")]
            batches += [pool[i : i + size] for i in range(0, len(pool), size)]
        for number in random.permutation(len(batches)):
            yield self.take(batches[number])

    def in_order(self, size: int) -> Iterator[Batch]:
        """Every caption once, by length: for measuring."""
        order = np.argsort(self.lengths, kind="stable")
        for start in range(0, len(order), size):
            yield self.take(order[start : start + size])
