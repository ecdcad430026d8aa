"""How a view in memory ranks a query: gaps in, places out, by the definition of the percentile."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Query = TypeVar("Query")


@dataclass
class Members(Generic[Query]):
    """A query: its pictures with their weights, and the ids of those that are in the catalogue."""

    weighed: list[tuple[Query, float]]
    own: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Place:
    """A picture in a ranking: `gap` is 0 at the query and grows away from it."""

    image_id: str
    gap: float
    percentile: float


def ranked(gaps: Mapping[str, float]) -> list[Place]:
    """Nearest first, ties by id."""
    values = list(gaps.values())
    return [
        Place(key, gaps[key], _percentile(gaps[key], values))
        for key in sorted(gaps, key=lambda key: (gaps[key], key))
    ]


def _percentile(gap: float, others: list[float]) -> float:
    """`others` includes the picture itself."""
    closer = sum(other < gap for other in others)
    ties = sum(other == gap for other in others) - 1
    return (closer + ties / 2) / (len(others) - 1) if len(others) > 1 else 0.0
