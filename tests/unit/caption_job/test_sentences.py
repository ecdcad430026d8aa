"""Captions as arrays, in batches; guessed words in place of true ones."""

import numpy as np
import pytest

from caption_job.prepared import Picture, Prepared
from caption_job.sentences import Sentences
from caption_service.vocabulary import END, PAD, SPECIAL, START, UNKNOWN, Vocabulary

WORDS = Vocabulary((*SPECIAL, "a", "dog", "runs"))
A, DOG, RUNS = 4, 5, 6


def prepared(*captions: list[str]) -> Prepared:
    pictures = [Picture(f"{i}.jpg", "train", own, own) for i, own in enumerate(captions)]
    return Prepared(pictures, "f", "default", WORDS)


def test_what_is_read_and_what_should_follow() -> None:
    found = Sentences.of(prepared(["a dog", "", "a zebra runs fast"], ["dog"]), [0, 1], max_length=4)
    assert found.pictures.tolist() == [0, 0, 1]
    assert found.inputs.tolist() == [[START, A, DOG, PAD], [START, A, UNKNOWN, RUNS], [START, DOG, PAD, PAD]]
    assert found.targets.tolist() == [[A, DOG, END, PAD], [A, UNKNOWN, RUNS, END], [DOG, END, PAD, PAD]]
    assert found.lengths.tolist() == [3, 4, 2]
    batch = found.take(np.array([1, 2]))
    assert batch.counts.tolist() == [[1, 0, 1, 1], [1, 1, 0, 0]]
    assert found.known_share == pytest.approx(8 / 9)
    assert found.take(np.array([0, 2])).inputs.shape == (2, 3)


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_an_epoch_holds_every_caption_once(size: int) -> None:
    random = np.random.default_rng(1)
    captions = [[" ".join(["a"] * int(random.integers(1, 9)))] for _ in range(300)]
    found = Sentences.of(prepared(*captions), range(300), 32)
    for batches in (found.shuffled(size, (1, 0)), found.in_order(size)):
        rows = np.concatenate([batch.pictures for batch in batches])
        assert sorted(rows.tolist()) == list(range(300))


def test_batches_are_of_like_length_and_the_seed_decides_their_order() -> None:
    captions = [[" ".join(["a"] * (1 + number % 8))] for number in range(800)]
    found = Sentences.of(prepared(*captions), range(800), 32)
    epochs = [
        [batch.pictures.tolist() for batch in found.shuffled(50, seed)] for seed in ((1, 0), (1, 0), (1, 1))
    ]
    assert epochs[0] == epochs[1] != epochs[2]
    padded = sum((batch.targets == PAD).sum() for batch in found.shuffled(50, (1, 0)))
    assert padded < 0.05 * sum(batch.targets.size for batch in found.shuffled(50, (1, 0)))
