"""CIDEr-D (Vedantam et al. 2015, the D variant of section 4): agreement in telling n-grams."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from caption_job.bleu import LONGEST, ngrams
from caption_job.tokenisation import Words

SIGMA = 6.0  # of the Gaussian penalty on the difference in length, words
_SCALE = 10.0
Vector = dict[Words, float]


class CiderD:
    """The measure over one corpus of references, whose pictures give the n-grams their weights.

    An n-gram's weight is log(pictures ÷ pictures whose references hold it); as in COCO's evaluation one that
    no reference holds counts as held by one.
    """

    def __init__(self, references: Sequence[Sequence[Words]]) -> None:
        self._held_by: Counter[Words] = Counter()
        for own in references:
            self._held_by.update({gram for words in own for n in _LENGTHS for gram in ngrams(words, n)})
        self._log_pictures = math.log(max(1, len(references)))

    def each(self, candidates: Iterable[Words], references: Iterable[Sequence[Words]]) -> list[float]:
        """CIDEr-D of each sentence against its references, 0..10."""
        return [self._one(candidate, own) for candidate, own in zip(candidates, references, strict=True)]

    def mean(self, candidates: Sequence[Words], references: Sequence[Sequence[Words]]) -> float:
        """Over the corpus; ValueError where there is no sentence."""
        if not candidates:
            raise ValueError("nothing to evaluate")
        return sum(self.each(candidates, references)) / len(candidates)

    def _one(self, candidate: Words, references: Sequence[Words]) -> float:
        own = [self._vector(candidate, n) for n in _LENGTHS]
        total = 0.0
        for reference in references:
            gap = len(candidate) - len(reference)
            penalty = math.exp(-(gap**2) / (2 * SIGMA**2))
            other = [self._vector(reference, n) for n in _LENGTHS]
            total += penalty * sum(map(_clipped_cosine, own, other)) / LONGEST
        return _SCALE * total / len(references)

    def _vector(self, words: Words, n: int) -> Vector:
        """Count times weight of each n-gram; the count is not divided by the length."""
        return {
            gram: count * (self._log_pictures - math.log(max(1, self._held_by[gram])))
            for gram, count in ngrams(words, n).items()
        }


_LENGTHS = range(1, LONGEST + 1)


def _clipped_cosine(candidate: Vector, reference: Vector) -> float:
    """Σ min(c, r) r ÷ (|c| |r|): what a candidate repeats beyond the reference earns nothing."""
    shared = sum(
        min(value, reference[gram]) * reference[gram]
        for gram, value in candidate.items()
        if gram in reference
    )
    lengths = math.hypot(*candidate.values()) * math.hypot(*reference.values())
    return shared / lengths if lengths else 0.0
