"""ROUGE-L (Lin 2004): the longest common subsequence of a sentence and its references."""

from collections.abc import Sequence

from caption_job.tokenisation import Words

BETA = 1.2  # recall weighs 1.44 times as much as precision; the captioning literature's choice


def common_length(a: Words, b: Words) -> int:
    """Length of the longest common subsequence, by rows of the usual table."""
    row = [0] * (len(b) + 1)
    for word in a:
        diagonal = 0
        for place, other in enumerate(b, 1):
            above = row[place]
            row[place] = diagonal + 1 if word == other else max(above, row[place - 1])
            diagonal = above
    return row[-1]


def rouge_l(candidates: Sequence[Words], references: Sequence[Sequence[Words]]) -> float:
    """Mean over the sentences of (1 + β²) P R ÷ (R + β² P), in 0..1.

    P and R are each the best over a sentence's references, as COCO's evaluation takes them. ValueError where
    there is no sentence.
    """
    if not candidates:
        raise ValueError("nothing to evaluate")
    return sum(map(_one, candidates, references)) / len(candidates)


def _one(candidate: Words, references: Sequence[Words]) -> float:
    common = [common_length(candidate, reference) for reference in references]
    if not candidate or not any(common):
        return 0.0
    precision = max(common) / len(candidate)
    recall = max(length / len(own) for length, own in zip(common, references, strict=True) if own)
    return (1 + BETA**2) * precision * recall / (recall + BETA**2 * precision)
