"""A query in sentences: one, or those of a history with their weights."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from diversity_contracts.problems import UnknownId

SHOWN = 5  # sentences of a history that its own says; more explain nothing


@dataclass(frozen=True, slots=True)
class Sentenced:
    """What a query says.

    Attributes:
        weights: each distinct sentence with its largest weight: with less it is never the closest.
        own: the rows of the query's own entries.
    """

    weights: Mapping[str, float]
    own: frozenset[int]
    is_history: bool

    @classmethod
    def of_one(cls, sentence: str, own: int | None) -> "Sentenced":
        """One picture's sentence, and its row if it was asked by id."""
        return cls({sentence: 1.0}, frozenset() if own is None else frozenset({own}), is_history=False)

    @classmethod
    def of_history(cls, members: Iterable[tuple[str, int | None, float]]) -> "Sentenced":
        """Each member's sentence, row and weight. Raises UnknownId where there is none."""
        weights, own = dict[str, float](), set[int]()
        for sentence, row, weight in members:
            weights[sentence] = max(weight, weights.get(sentence, 0.0))
            if row is not None:
                own.add(row)
        if not weights:
            raise UnknownId("The index holds none of the history's pictures.")
        return cls(weights, frozenset(own), is_history=True)

    @property
    def text(self) -> str:
        """The sentence; of a history the heaviest few, those that came first before others of one weight."""
        heaviest = sorted(self.weights, key=lambda sentence: -self.weights[sentence])
        return "; ".join(heaviest[:SHOWN])
