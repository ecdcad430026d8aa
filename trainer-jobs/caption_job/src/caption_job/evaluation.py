"""The figures of a captioner: its words, its sentences, what is found by them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from caption_job import retrieval
from caption_job.bleu import bleu
from caption_job.cider import CiderD
from caption_job.collection import Split
from caption_job.prepared import Prepared, Rows
from caption_job.rouge import rouge_l
from caption_job.sentences import Sentences
from caption_job.token_figures import token_figures
from caption_job.tokenisation import words_of
from caption_job.trained import Trained
from caption_service.text_space import TextSpace

Figures = dict[str, float]
LISTED = 10  # the report judged the 10 most similar


@dataclass(frozen=True)
class Knobs:
    text_space: str = "blend"  # tfidf | lsa | blend
    text_dimension: int = 32  # directions of lsa; chosen with compare_text_spaces
    beam: int = 3  # the width that panels, samples and retrieval use
    length_penalty: float = 0.7  # a beam's sums divided by steps to this power; 0 favours short sentences
    prefix_pictures: int = 200  # checked token for token against running the whole prefix
    seed: int = 1


def word_figures(
    data: Prepared,
    inputs: NDArray[np.floating[Any]],
    model: Trained,
    splits: Sequence[Split] = ("val", "test"),
) -> Figures:
    """`<split>_loss` and `<split>_token_accuracy`."""
    figures: Figures = {}
    for split in splits:
        sentences = Sentences.of(data, data.rows(split), model.max_length)
        loss, accuracy = token_figures(model.decoder, inputs, sentences)
        figures |= {f"{split}_loss": loss, f"{split}_token_accuracy": accuracy}
    return figures


def sentence_figures(data: Prepared, rows: Rows, sentences: Sequence[str]) -> Figures:
    """BLEU-1..4 and ROUGE-L in 0..1, CIDEr-D in 0..10, against all of a picture's captions."""
    references = [[words_of(caption) for caption in data.pictures[row].captions] for row in rows]
    candidates = [words_of(sentence) for sentence in sentences]
    values = bleu(candidates, references)
    return {
        **{f"bleu_{n}": value for n, value in enumerate(values, 1)},
        "rouge_l": rouge_l(candidates, references),
        "cider_d": CiderD(references).mean(candidates, references),
    }


def others(count: int, seed: int) -> NDArray[np.int64]:
    """A permutation of 0..count−1 that leaves nobody in place: whose sentence to take for the baseline."""
    order = np.random.default_rng(seed).permutation(count)
    other = np.empty(count, np.int64)
    other[order] = np.roll(order, 1)
    return other


def text_figures(
    data: Prepared, space: TextSpace, rows: Rows, sentences: Sequence[str], seed: int
) -> tuple[Figures, NDArray[np.float32]]:
    """Retrieval by the generated sentences among the given pictures' human captions, and their likeness to
    their own; also the similarities (n, n) themselves.

    `sharing_at_10` counts, of the 10 most similar, those that share a content word with the query's human
    captions, `random_sharing_at_10` the same for 10 drawn at random. `generated_human` is the mean similarity
    to the picture's own captions, `_best` to the nearest of them; `human_human` that of a picture's first
    caption to its others, `generated_other` that of the generated sentence to another picture's.
    """
    captions = [data.pictures[row].cleaned for row in rows]
    owners = np.repeat(np.arange(len(rows)), [len(own) for own in captions])
    human = space.vectors([caption for own in captions for caption in own])
    generated = space.vectors(list(sentences))
    found = retrieval.similarities(generated, human, owners, len(rows))
    own = np.arange(len(rows))
    words = [retrieval.content_words(data.pictures[row].captions) for row in rows]
    count = min(LISTED, len(rows) - 1)
    random = np.random.default_rng(seed)
    drawn = np.stack([random.choice(np.delete(own, row), count, replace=False) for row in own])
    other = others(len(rows), seed)
    firsts = np.searchsorted(owners, own)
    rest = np.ones(len(owners), bool)
    rest[firsts] = False
    pairs = np.clip((human[rest] * human[firsts[owners[rest]]]).sum(1), 0, 1)
    return {
        "sharing_at_10": retrieval.sharing(retrieval.most_similar(found, own, count), words, words),
        "random_sharing_at_10": retrieval.sharing(drawn, words, words),
        "generated_human": float(np.clip((generated[owners] * human).sum(1), 0, 1).mean()),
        "generated_human_best": float(found[own, own].mean()),
        "generated_other": float(np.clip((generated[other[owners]] * human).sum(1), 0, 1).mean()),
        "human_human": float(pairs.mean()) if len(pairs) else 0.0,
    }, found
