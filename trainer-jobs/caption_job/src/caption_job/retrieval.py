"""Retrieval through sentences: how alike texts are, and whether what is found shares content."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from caption_job.tokenisation import words_of

Floats = NDArray[np.float32]

# English words that carry grammar rather than content; colours and numbers count as content.
_GRAMMAR = (
    "a about above across after against all along among an and another are around as at away back be "
    "before behind being below beside between beyond both by down during each every for from front has "
    "have he her him himself his how in inside into is it its itself like many more near next no not of "
    "off on onto or other others out outside over past several she side some someone something than that "
    "the their them themselves there these they this those through to together top toward towards under "
    "up upon very was well were what when where which while who with without"
)
GRAMMAR = frozenset(_GRAMMAR.split())


def content_words(sentences: Sequence[str]) -> set[str]:
    """The words of all sentences that are not grammar."""
    return {word for sentence in sentences for word in words_of(sentence)} - GRAMMAR


def similarities(queries: Floats, captions: Floats, owners: NDArray[np.int64], pictures: int) -> Floats:
    """(n, pictures): the largest dot product of each query (n, d) over a picture's captions (m, d), cut to
    0..1; `owners[i]` is the picture of caption i, 0 where a picture has none."""
    products = np.clip(queries @ captions.T, 0.0, 1.0)
    found = np.zeros((len(queries), pictures), np.float32)
    np.maximum.at(found.T, owners, products.T)
    return found


def sharing(
    listed: NDArray[np.int64], query_words: Sequence[set[str]], gallery_words: Sequence[set[str]]
) -> float:
    """Mean over queries of how many listed pictures (n, k) share a content word with the query's captions."""
    counts = [
        sum(bool(own & gallery_words[place]) for place in row)
        for own, row in zip(query_words, listed, strict=True)
    ]
    return float(np.mean(counts))


def most_similar(found: Floats, own: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """(n, count) pictures, most similar first, ties by row; `own[i]` is the query's own picture, left out."""
    keys = found.copy()
    keys[np.arange(len(own)), own] = -1
    return np.argsort(-keys, axis=1, kind="stable")[:, :count]


def least_similar(found: Floats, own: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """(n, count) pictures, least similar first, ties by row, the query's own left out."""
    keys = found.copy()
    keys[np.arange(len(own)), own] = 2
    return np.argsort(keys, axis=1, kind="stable")[:, :count]
