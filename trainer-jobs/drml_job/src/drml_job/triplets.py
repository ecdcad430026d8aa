"""Triplets of pictures: how they are drawn, how they stand in a text file.

A triplet is a row (query, positive, negative). The query comes from any class, the positive from the same
class, the negative from any other (the report's choice). With an in-class share above 0 that share of the
triplets is Deep Ranking's other kind: all three of one class, positive and negative ordered by a frozen
encoder's similarity, since class labels cannot order two pictures of one class.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]
# Squared distances between rows, pairwise: (n,), (n,) -> (n,).
PairDistances = Callable[[Rows, Rows], NDArray[np.float32]]

ABOUT = "triplets.json"
_ESCAPES = str.maketrans({"%": "%25", " ": "%20", "\t": "%09", "\n": "%0A", "\r": "%0D"})


def draw(labels: NDArray[np.int64], rows: Rows, count: int, random: np.random.Generator) -> Rows:
    """Out-of-class triplets (count, 3), independent and uniform: over queries, then positives, then
    negatives.

    `labels[row]` is a class, `rows` the pictures to draw from. ValueError where no triplet exists: fewer than
    two classes, or no class of two pictures.
    """
    ordered, starts, sizes = _by_class(labels, rows)
    classes = labels[ordered]
    queries = _draw_queries(sizes, starts, count, random)
    if len(np.unique(classes)) < 2:
        raise ValueError("out-of-class triplets need pictures of at least two classes")
    start, size = starts[classes[queries]], sizes[classes[queries]]
    positives = start + _other_than(queries - start, size, 1, random)[:, 0]
    negatives = random.integers(0, len(ordered) - size)
    negatives = np.where(negatives < start, negatives, negatives + size)
    return ordered[np.stack([queries, positives, negatives], axis=1)]


def draw_in_class(
    labels: NDArray[np.int64], rows: Rows, count: int, random: np.random.Generator, distances: PairDistances
) -> Rows:
    """Triplets (count, 3) of three pictures of one class each, the nearer of the two others as positive.

    ValueError where no class has three pictures.
    """
    ordered, starts, sizes = _by_class(labels, rows)
    eligible = np.where(sizes >= 3, sizes, 0)
    queries = _draw_queries(eligible, starts, count, random)
    own = labels[ordered][queries]
    start, size = starts[own], sizes[own]
    others = start[:, None] + _other_than(queries - start, size, 2, random)
    query, first, second = ordered[queries], ordered[others[:, 0]], ordered[others[:, 1]]
    swap = distances(query, second) < distances(query, first)
    return np.stack([query, np.where(swap, second, first), np.where(swap, first, second)], axis=1)


def _by_class(labels: NDArray[np.int64], rows: Rows) -> tuple[Rows, Rows, Rows]:
    """Rows sorted by class; where each class starts among them; how many it has (0 for an absent class)."""
    ordered = rows[np.argsort(labels[rows], kind="stable")]
    sizes = np.bincount(labels[rows], minlength=int(labels.max(initial=-1)) + 1)
    return ordered, np.cumsum(sizes) - sizes, sizes


def _draw_queries(sizes: Rows, starts: Rows, count: int, random: np.random.Generator) -> Rows:
    """Positions uniform over the pictures of all classes that have two or more."""
    usable = np.where(sizes >= 2, sizes, 0)
    if usable.sum() == 0:
        raise ValueError("no class has enough pictures for a triplet")
    ends = np.cumsum(usable)
    ticket = random.integers(0, ends[-1], count)
    own = np.searchsorted(ends, ticket, side="right")
    positions: Rows = starts[own] + ticket - (ends - usable)[own]
    return positions


def _other_than(own: Rows, size: Rows, picks: int, random: np.random.Generator) -> Rows:
    """For each i, `picks` distinct numbers of range(size[i]) without own[i], uniform: (n, picks)."""
    taken = own[:, None]
    for pick in range(picks):
        number = random.integers(0, size - 1 - pick)
        # Step over the numbers already taken, smallest first, so that every free one is equally likely.
        for column in np.sort(taken, axis=1).T:
            number = number + (number >= column)
        taken = np.concatenate([taken, number[:, None]], axis=1)
    return taken[:, 1:]


def write(path: Path, triplets: Rows, paths: Sequence[str]) -> None:
    """One line a triplet, `query positive negative`; white space and % inside a path are percent-encoded."""
    escaped = [path_.translate(_ESCAPES) for path_ in paths]
    temporary = path.with_suffix(".tmp")
    with temporary.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{escaped[q]} {escaped[p]} {escaped[n]}\n" for q, p, n in triplets.tolist())
    temporary.replace(path)


def read(path: Path, paths: Sequence[str]) -> Rows:
    """(count, 3) rows of a triplet file; ValueError naming the line where it is not one of known paths."""
    row_of = {path_.translate(_ESCAPES): row for row, path_ in enumerate(paths)}
    triplets = []
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            words = line.split()
            if len(words) != 3 or any(word not in row_of for word in words):
                raise ValueError(
                    f"{path.name}, line {number}: expected three known paths, not {line.strip()!r}"
                )
            triplets.append([row_of[word] for word in words])
    return np.asarray(triplets, dtype=np.int64).reshape(-1, 3)


def about(directory: Path) -> dict[str, Any]:
    """What prepare recorded of the triplets in that folder: the in-class share, who ordered them, and whether
    that encoder has seen ImageNet."""
    path = directory / ABOUT
    if not path.exists():  # prepared before this was recorded
        return {"in_class_negatives": 0.0, "encoder": "", "seen_imagenet": False}
    found: dict[str, Any] = json.loads(path.read_text())
    return found
