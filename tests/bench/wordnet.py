"""Distances between WordNet's nouns, from its own data file (Debian's package `wordnet-base` has it).

A class named like `n01443537` is the noun whose entry begins at that byte of WordNet 3.0's `data.noun`.
"""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DATA = Path("/usr/share/wordnet/data.noun")
_CLASS = re.compile(r"n\d{8}")


def is_class(name: str) -> bool:
    """Whether `name` is a noun's number."""
    return _CLASS.fullmatch(name) is not None


def distances(names: Sequence[str], data: Path) -> NDArray[np.float64]:
    """(n, n): 1 − Wu and Palmer's similarity (1994), 2 · depth(common) ÷ (depth(a) + depth(b)); 0 for equals.

    Depth counts nouns from the root along the shortest way; the common noun is the deepest above both. Raises
    KeyError for a noun that the file does not hold.
    """
    parents = _parents(data)

    @cache
    def depth(noun: str) -> int:
        return 1 + min((depth(parent) for parent in parents[noun]), default=0)

    @cache
    def above(noun: str) -> frozenset[str]:
        return frozenset({noun}).union(*(above(parent) for parent in parents[noun]))

    nouns = [name[1:] for name in names]
    found = np.zeros((len(nouns), len(nouns)))
    for row, one in enumerate(nouns):
        for column, other in enumerate(nouns[:row]):
            common = max((depth(noun) for noun in above(one) & above(other)), default=0)
            found[row, column] = found[column, row] = 1 - 2 * common / (depth(one) + depth(other))
    return found


def _parents(data: Path) -> dict[str, tuple[str, ...]]:
    """By noun its hypernyms, `@` and `@i` in wndb(5WN)."""
    found = {}
    for line in data.read_text(encoding="latin-1").splitlines():
        if line.startswith("  "):  # the licence
            continue
        words = line.partition(" | ")[0].split(" ")
        count = int(words[3], 16)
        pointers = words[5 + 2 * count :]
        fours = zip(*(iter(pointers),) * 4, strict=False)
        found[words[0]] = tuple(
            target for symbol, target, kind, _ in fours if symbol[0] == "@" and kind == "n"
        )
    return found
