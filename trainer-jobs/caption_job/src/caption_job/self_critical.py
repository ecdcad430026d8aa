"""Self-critical training (Rennie et al. 2017): whole sentences are rewarded instead of single words.

A sampled sentence is made likelier by how much more CIDEr-D it earns than the others sampled for its picture
(the baseline of Luo 2020):

    gradient of −Σₖ (r(sₖ) − mean of r over the others) Σ log p(word of sₖ),  r = CIDEr-D against the humans'

With the greedy sentence as the baseline, as at first, nearly every advantage was negative, and what all
sentences have in common was unlearnt. Nothing is dropped out here: sentences are written by the exported
numpy decoder, for a slice of pictures at a time, and the step must see the probabilities they were drawn by.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from caption_job import decoders, network_state
from caption_job.cider import CiderD
from caption_job.prepared import Prepared, Rows
from caption_job.sentences import Batch, Sentences
from caption_job.teaching import Teaching
from caption_job.tokenisation import Words, words_of
from caption_job.trained import keep_best
from caption_service import beam, decoder
from caption_service.decoder import Decoder
from caption_service.vocabulary import END, PAD, START, UNKNOWN
from job_kit.journal import Journal

SLICE = 128  # pictures between two exports: a sentence is never written by weights more than this old
SAMPLES = 5  # sentences a picture
STEP = 160  # sentences a step, all of a picture's in one


@dataclass(frozen=True)
class Plan:
    epochs: int
    rate: float
    seed: int


class Judge:
    """Sentences written by the network of the moment, and what they earn against the human captions.

    `inputs` are the features of all pictures; the n-grams of `rows` give the measure its weights.
    """

    def __init__(
        self, data: Prepared, inputs: NDArray[np.floating[Any]], rows: Rows, arguments: Mapping[str, Any]
    ) -> None:
        self._data, self._inputs, self._arguments = data, inputs, arguments
        self._references = {int(row): raw_references(data, int(row)) for row in rows}
        self._measure = CiderD(list(self._references.values()))
        self.rows = rows

    @property
    def max_length(self) -> int:
        return int(self._arguments["max_length"])

    def features(self, rows: Rows) -> NDArray[np.float32]:
        return np.asarray(self._inputs[rows], np.float32)

    def writer(self, network: keras.Model) -> Decoder:
        """The numpy decoder of the network as it is now."""
        return decoder.load(decoders.export(network), self._arguments)

    def earned(self, rows: Rows, sentences: Sequence[tuple[int, ...]]) -> NDArray[np.float64]:
        """CIDEr-D of each sentence, 0..10."""
        words = [words_of(self._data.words.decode(tokens)) for tokens in sentences]
        return np.array(self._measure.each(words, [self._references[int(row)] for row in rows]))

    def greedy_mean(self, network: keras.Model) -> float:
        """Mean CIDEr-D of the greedy sentences of all rows."""
        found = beam.greedy(self.writer(network), self.features(self.rows), self.max_length)
        return float(self.earned(self.rows, [sentence.tokens for sentence in found]).mean())


def run(
    teaching: Teaching, judges: tuple[Judge, Judge], state: dict[str, Any], directory: Path, plan: Plan
) -> None:
    """Goes on from the best weights of the cross-entropy epochs, or from the checkpoint where these epochs
    had begun; keeps the weights whose greedy sentences earn most on the validation split as the best.

    `judges` are of the training and of the validation split.
    """
    first = state["knobs"]["epochs"]
    train, val = judges
    teaching.drop_nothing()
    if state["epoch"] == first:
        network_state.restore(directory / network_state.BEST, teaching.network, optimiser=False)
    if "best_cider" not in state:
        state["best_cider"] = val.greedy_mean(teaching.network)
    with Journal(directory, state["epoch"]) as journal:
        while state["epoch"] < first + plan.epochs:
            epoch = state["epoch"]
            sampled = _epoch(teaching, train, plan, epoch)
            value = val.greedy_mean(teaching.network)
            better = value > state["best_cider"]
            state |= {"epoch": epoch + 1, "best_cider": max(state["best_cider"], value)}
            if better:
                state["best_epoch"] = epoch
                keep_best(directory, teaching.network, state)
            journal.write(epoch, {"val_cider_greedy": value, "train_cider_sampled": sampled})
            network_state.save(directory / network_state.CHECKPOINT, teaching.network, state)


def _epoch(teaching: Teaching, judge: Judge, plan: Plan, epoch: int) -> float:
    """Every picture once; returns the mean CIDEr-D of the sampled sentences."""
    random = np.random.default_rng((plan.seed, epoch, 1))
    order, rewards = random.permutation(judge.rows), []
    for start in tqdm(range(0, len(order), SLICE), desc=f"self-critical {epoch}", mininterval=5):
        rows = np.repeat(order[start : start + SLICE], SAMPLES)
        own = judge.features(rows)
        tokens = sample(judge.writer(teaching.network), own, judge.max_length, random)
        earned = judge.earned(rows, tokens)
        rewards.append(earned)
        gain = advantages(earned.reshape(-1, SAMPLES)).ravel()
        sentences = Sentences.from_tokens(rows, tokens)
        for step in range(0, len(rows), STEP):
            chosen = np.arange(step, min(step + STEP, len(rows)))
            batch = sentences.take(chosen)
            teaching.step(own[chosen], batch, plan.rate, advantage_weights(batch, gain[chosen]))
    return float(np.concatenate(rewards).mean())


def advantages(earned: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of rewards (pictures, samples ≥ 2): how much each is above the mean of its picture's others."""
    samples = earned.shape[1]
    others: NDArray[np.float64] = (earned.sum(axis=1, keepdims=True) - earned) / (samples - 1)
    return np.asarray(earned - others)


def advantage_weights(batch: Batch, advantages: NDArray[np.float64]) -> NDArray[np.float32]:
    """(B, T): each sentence's advantage over its words, for a mean over the sentences' words."""
    weights = batch.counts * advantages[:, None] / max(1.0, float(batch.counts.sum()))
    return weights.astype(np.float32)


def sample(
    writer: Decoder, features: NDArray[np.float32], max_length: int, random: np.random.Generator
) -> list[tuple[int, ...]]:
    """A sentence for each picture, every word drawn by its probability, special words but the end never."""
    state = writer.begin(features)
    tokens = np.full(len(features), START, np.intp)
    words: list[list[int]] = [[] for _ in features]
    going = np.ones(len(features), bool)
    for _ in range(max_length - 1):
        log_probabilities, state = writer.step(state, tokens)
        wide = log_probabilities.astype(np.float64)
        wide[:, [PAD, START, UNKNOWN]] = -np.inf
        # The largest of log p + Gumbel noise is a draw from p.
        tokens = (wide + random.gumbel(size=wide.shape)).argmax(axis=1)
        going &= tokens != END
        if not going.any():
            break
        for row in np.flatnonzero(going):
            words[row].append(int(tokens[row]))
    return [tuple(own) for own in words]


def raw_references(data: Prepared, row: int) -> list[Words]:
    """A picture's captions as they are evaluated against."""
    return [words_of(caption) for caption in data.pictures[row].captions]
