"""BLEU (Papineni et al. 2002): clipped n-gram precision of a whole corpus, with a penalty for brevity."""

import math
from collections import Counter
from collections.abc import Sequence

from caption_job.tokenisation import Words

LONGEST = 4


def ngrams(words: Words, n: int) -> Counter[Words]:
    """How often each run of n words occurs."""
    return Counter(words[i : i + n] for i in range(len(words) - n + 1))


def bleu(candidates: Sequence[Words], references: Sequence[Sequence[Words]]) -> tuple[float, ...]:
    """BLEU-1 to BLEU-4 in 0..1 of sentences against one or more references each.

    An n-gram counts at most as often as in the reference that holds it most often; the brevity penalty takes
    the reference nearest in length, the shorter of two. No smoothing: without a single matching n-gram BLEU-n
    is 0. ValueError where there is no sentence.
    """
    if not candidates:
        raise ValueError("nothing to evaluate")
    matched, possible = [0] * LONGEST, [0] * LONGEST
    length = reference_length = 0
    for candidate, own in zip(candidates, references, strict=True):
        length += len(candidate)
        reference_length += min((abs(len(r) - len(candidate)), len(r)) for r in own)[1]
        for n in range(1, LONGEST + 1):
            counts = ngrams(candidate, n)
            most: Counter[Words] = Counter()
            for reference in own:
                most |= ngrams(reference, n)
            matched[n - 1] += (counts & most).total()
            possible[n - 1] += counts.total()
    penalty = (
        1.0 if length >= reference_length else math.exp(1 - reference_length / length) if length else 0.0
    )
    values: list[float] = []
    logs = 0.0
    for n, (hits, count) in enumerate(zip(matched, possible, strict=True), 1):
        if hits == 0:
            return (*values, *[0.0] * (LONGEST - len(values)))
        logs += math.log(hits / count)
        values.append(penalty * math.exp(logs / n))
    return tuple(values)
