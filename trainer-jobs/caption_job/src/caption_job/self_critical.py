"""Self-critical training (Rennie et al. 2017): whole sentences are rewarded instead of single words.

A sampled sentence is made likelier by how much more CIDEr-D it earns than the one the decoder itself would say:

    gradient of −(r(sampled) − r(greedy)) Σ log p(sampled word),  r = CIDEr-D ÷ 10 against the human captions

Sentences are written by the exported numpy decoder, once per epoch and slice of pictures; the network then
takes the step with the same loss as before, its words weighed by the advantage.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from caption_job import decoders, network_state
from caption_job.cider import CiderD
from caption_job.prepared import Prepared
from caption_job.sentences import Batch, Sentences
from caption_job.teaching import Teaching, features_of
from caption_job.tokenisation import Words, words_of
from caption_job.trained import keep_best
from caption_service import beam, decoder
from caption_service.decoder import Decoder
from caption_service.vocabulary import END, PAD, START, UNKNOWN
from job_kit.journal import Journal

SLICE = 256  # pictures between two exports: a sentence is never written by weights more than this old
STEP = 64  # sentences a step


@dataclass(frozen=True)
class Plan:
    epochs: int
    rate: float
    seed: int


def run(
    data: Prepared,
    inputs: NDArray[np.floating[Any]],
    teaching: Teaching,
    state: dict[str, Any],
    directory: Path,
    plan: Plan,
    journal: Journal,
) -> None:
    """Goes on from the best weights of the cross-entropy epochs, or from the checkpoint where these epochs
    had begun; keeps the weights whose greedy sentences earn most on the validation split as the best."""
    arguments, first = state["arguments"], state["knobs"]["epochs"]
    if state["epoch"] == first:
        network_state.restore(directory / network_state.BEST, teaching.network, optimiser=False)
    train, val = data.rows("train"), data.rows("val")
    references = {row: raw_references(data, int(row)) for row in (*train, *val)}
    reward = CiderD([references[row] for row in train])
    judge = CiderD([references[row] for row in val])
    best = state.get("best_cider", validation_reward(data, inputs, teaching, arguments, judge, references))
    while state["epoch"] < first + plan.epochs:
        epoch = state["epoch"]
        random = np.random.default_rng((plan.seed, epoch, 1))
        order, gains = random.permutation(train), []
        for start in tqdm(range(0, len(order), SLICE), desc=f"self-critical {epoch}", mininterval=5):
            rows = order[start : start + SLICE]
            own = np.asarray(inputs[rows], np.float32)
            writer = decoder.load(decoders.export(teaching.network), arguments)
            tokens = sample(writer, own, int(arguments["max_length"]), random)
            usual = [s.tokens for s in beam.greedy(writer, own, int(arguments["max_length"]))]
            refs = [references[row] for row in rows]
            gain = np.subtract(
                reward.each([said(data, t) for t in tokens], refs),
                reward.each([said(data, t) for t in usual], refs),
            )
            gains.append(gain.mean())
            sentences = Sentences.from_tokens(rows, tokens)
            for step in range(0, len(rows), STEP):
                chosen = np.arange(step, min(step + STEP, len(rows)))
                batch = sentences.take(chosen)
                weights = advantage_weights(batch, gain[chosen] / 10)
                teaching.step(features_of(inputs, batch), batch, plan.rate, weights)
        value = validation_reward(data, inputs, teaching, arguments, judge, references)
        state |= {"epoch": epoch + 1, "best_cider": max(best, value)}
        if value > best:
            best = value
            state["best_epoch"] = epoch
            keep_best(directory, teaching.network, state)
        journal.write(epoch, {"val_cider_greedy": value, "gain": float(np.mean(gains))})
        network_state.save(directory / network_state.CHECKPOINT, teaching.network, state)


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


def validation_reward(
    data: Prepared,
    inputs: NDArray[np.floating[Any]],
    teaching: Teaching,
    arguments: Mapping[str, Any],
    judge: CiderD,
    references: Mapping[int, list[Words]],
) -> float:
    """Mean CIDEr-D of the greedy sentences of the validation split, 0..10."""
    rows = data.rows("val")
    writer = decoder.load(decoders.export(teaching.network), arguments)
    own = np.asarray(inputs[rows], np.float32)
    found = beam.greedy(writer, own, int(arguments["max_length"]))
    return judge.mean([said(data, s.tokens) for s in found], [references[row] for row in rows])


def raw_references(data: Prepared, row: int) -> list[Words]:
    """A picture's captions as they are evaluated against."""
    return [words_of(caption) for caption in data.pictures[row].captions]


def said(data: Prepared, tokens: tuple[int, ...]) -> Words:
    """A generated sentence as it is evaluated."""
    return words_of(data.words.decode(tokens))
