"""The space in which two sentences are compared: unit vectors whose dot product is their similarity.

With t a term, n(t) its count in the sentence, N documents fitted and df(t) of them with t, a document being
all captions of one picture:

    x(t) = n(t) · idf(t)       idf(t) = ln((1 + N) ÷ (1 + df(t))) + 1        scikit-learn's smooth TF-IDF

Sentences that are compared are cleaned as those that were fitted. A term that was not fitted has df = 0 and
one of `hashed` coordinates, so that captions in any vocabulary compare. u is that part of x, k the rest; P
holds the directions of latent semantic analysis, in which words are alike that people use of the same
pictures.

    tfidf    y = [k, u] ÷ ‖x‖
    lsa      y = [l, u] ÷ ‖x‖                      l = ‖k‖ · Pᵀk ÷ ‖Pᵀk‖
    blend    y = [√w · k, √(1 − w) · l, u] ÷ ‖x‖   so y · y' = w · tfidf's + (1 − w) · lsa's similarity
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from caption_service.cleaning import CLEANINGS, Cleaning
from caption_service.decoder_state import Float32
from caption_service.text_space_words import counted_terms, hashed_coordinate

Kind = Literal["tfidf", "lsa", "blend"]
KINDS: tuple[Kind, ...] = get_args(Kind)
HASHED = 512
MOST_HASHED = 65_536  # a row is dense: more would be a damaged file


@dataclass(frozen=True, eq=False)
class TextSpace:
    """A fitted space; `fit` makes one.

    Attributes:
        kind: see the module's equations.
        terms: the fitted terms, each once.
        idf: (terms,).
        directions: P, (terms, r); r = 0 for tfidf.
        unseen_idf: the weight of a term that was not fitted.
        hashed: how many coordinates such terms share.
        term_share: w of blend, 0..1.
        cleaning: of the sentences that were fitted, and so of those that are compared.

    Raises ValueError when these do not fit together.
    """

    kind: Kind
    terms: tuple[str, ...]
    idf: Float32
    directions: Float32
    unseen_idf: float
    hashed: int = HASHED
    term_share: float = 0.5
    cleaning: Cleaning = "default"
    _place: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS or not isinstance(self.hashed, int) or not 1 <= self.hashed <= MOST_HASHED:
            raise ValueError("kind or hashed is none that a text space has")
        if not 0 <= self.term_share <= 1 or not 0 < self.unseen_idf < np.inf:
            raise ValueError("term_share or unseen_idf is none that a text space has")
        if self.cleaning not in CLEANINGS:
            raise ValueError(f"cleaning is one of {', '.join(CLEANINGS)}")
        object.__setattr__(self, "_place", {term: place for place, term in enumerate(self.terms)})
        if len(self._place) != len(self.terms):
            raise ValueError("a term stands twice")
        if self.idf.shape != (len(self.terms),) or len(self.directions) != len(self.terms):
            raise ValueError("idf and directions have a row for every term")
        if (self.kind == "tfidf") != (self.directions.shape[1] == 0):
            raise ValueError("directions belong to lsa and blend, and to no other kind")

    @property
    def dimension(self) -> int:
        """d, the length of a vector."""
        known = 0 if self.kind == "lsa" else len(self.terms)
        return known + int(self.directions.shape[1]) + self.hashed

    def vectors(self, sentences: Sequence[str]) -> Float32:
        """(n, dimension) float32, rows of length 1, or 0 for a sentence without words.

        Each row depends on its own sentence only, so equal sentences have equal rows.
        """
        rows = np.zeros((len(sentences), self.dimension), np.float32)
        for row, sentence in zip(rows, sentences, strict=True):
            self._fill(row, sentence)
        return rows

    def _fill(self, row: Float32, sentence: str) -> None:
        """Write a sentence's vector into its row of zeros; only what is not 0, a few of thousands."""
        places, weights, unseen = self._weighted(sentence)
        length = np.sqrt(weights @ weights + unseen @ unseen)
        if not length > 0:
            return
        share = {"tfidf": 1.0, "lsa": 0.0, "blend": self.term_share}[self.kind]
        if self.kind != "lsa":
            row[places] = weights * np.sqrt(share) / length
        # What the directions do not hold of the fitted words is given back in length, so that a sentence's
        # share of unknown words stays what it was.
        latent = weights @ self.directions[places].astype(np.float64)
        held = np.linalg.norm(latent)
        if held > 0:
            latent *= np.sqrt(1 - share) * np.linalg.norm(weights) / held
        end = self.dimension - self.hashed
        row[end - len(latent) : end] = latent / length
        if len(unseen):
            row[end:] = unseen / length

    def _weighted(self, sentence: str) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
        """Places and weights of the fitted terms, ascending, and the (hashed,) weights of the others, or none
        where there are no others."""
        counts = counted_terms(sentence, self.cleaning)
        known = sorted((self._place[term], often) for term, often in counts.items() if term in self._place)
        places = np.array([place for place, _ in known], np.intp)
        weights = np.array([often for _, often in known], np.float64) * self.idf[places]
        if len(known) == len(counts):
            return places, weights, np.zeros(0)
        unseen = np.zeros(self.hashed)
        for term in sorted(counts.keys() - self._place.keys()):
            unseen[hashed_coordinate(term, self.hashed)] += counts[term] * self.unseen_idf
        return places, weights, unseen


def fit(
    documents: Iterable[str],
    kind: Kind,
    dimension: int = 32,
    *,
    hashed: int = HASHED,
    term_share: float = 0.5,
    cleaning: Cleaning = "default",
) -> TextSpace:
    """The space of these documents; the same ones in the same order give the same space.

    Args:
        documents: a training split's pictures, each with its captions joined by a space. Captions taken one
            by one fit too, but tell nothing of which words mean the same.
        dimension: r, the directions kept; no matter for tfidf.

    Raises ValueError without words, or when there are too few of them for `dimension`.
    """
    counted = [counted_terms(document, cleaning) for document in documents]
    terms = tuple(sorted(set().union(*counted)))
    if not terms:
        raise ValueError("no document has a word")
    place = {term: number for number, term in enumerate(terms)}
    columns = [[place[term] for term in counts] for counts in counted]
    frequency = np.bincount(np.concatenate([np.array(row, np.intp) for row in columns]), minlength=len(terms))
    idf = np.log((1 + len(counted)) / (1 + frequency)) + 1
    directions: Float32 = np.zeros((len(terms), 0), np.float32)
    if kind != "tfidf":
        from caption_service.text_space_svd import term_directions  # noqa: PLC0415  0.2 s that only jobs need

        directions = term_directions(_weights(counted, columns, idf), dimension)
    return TextSpace(
        kind,
        terms,
        idf.astype(np.float32),
        directions,
        float(np.log(1 + len(counted)) + 1),
        hashed,
        term_share,
        cleaning,
    )


def _weights(
    counted: Sequence[dict[str, int]], columns: list[list[int]], idf: NDArray[np.float64]
) -> csr_array:
    """The unit TF-IDF rows of the documents."""
    flat = np.array([column for row in columns for column in row], np.intp)
    values = np.array([count for counts in counted for count in counts.values()], np.float64) * idf[flat]
    starts = np.concatenate([[0], np.cumsum([len(row) for row in columns])]).astype(np.intp)
    lengths = np.sqrt(np.array([values[a:b] @ values[a:b] for a, b in pairwise(starts)]))
    values /= np.repeat(np.where(lengths > 0, lengths, 1), np.diff(starts))
    return csr_array((values, flat, starts), shape=(len(columns), len(idf)))
