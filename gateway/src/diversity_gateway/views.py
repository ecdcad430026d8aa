"""What the gateway asks of a view, whichever view it is.

A view ranks the catalogue from a query, measures given pictures from it, and takes the catalogue's changes.
`clients` speaks to the real ones; tests hand in views that keep everything in memory.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from diversity_contracts.wire import ChangeBatch, ChangesApplied, ViewModel
from diversity_gateway.measured import Numbers
from diversity_gateway.ranking import Mode


class ViewUnavailable(Exception):
    """A view gave no usable answer in time; `reason` is `down`, `late`, `busy` or `loading`."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class ChangesRefused(Exception):
    """A view did not take a batch because it stands elsewhere; its state must be asked for again."""


class GenerationChanged(Exception):
    """A view serves another generation than the one that gave the query's representation."""


@dataclass(frozen=True, slots=True)
class ViewQuery:
    """A query: the bytes of a picture, the id of a catalogue picture, or a history of such."""

    picture: bytes | None = None
    image_id: str | None = None
    history: tuple["Member", ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """One picture of a history; the distances from it count divided by `weight`, 0 < weight ≤ 1."""

    query: "ViewQuery | Asked"
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class PairDistances:
    """Those of the asked pictures that a view holds (m), with the distances between them (m, m)."""

    image_ids: Sequence[str]
    distances: NDArray[np.float64]
    stand: "Stand"


@dataclass(frozen=True, slots=True)
class Stand:
    """What a reply was computed on: replies of one query are comparable only if these are equal.

    `told` is the generation's name, where that is not the artifact's.
    """

    artifact: str
    applied: int
    count: int
    told: str | None = None

    @property
    def generation(self) -> str:
        """Its name."""
        return self.told or self.artifact


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as a view knows it after its first reply, so that the picture is encoded only once.

    A representation means something to the generation that gave it, and to no other.
    """

    image_id: str | None
    representation: str | None
    generation: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """The first pictures from one end of a view's catalogue, best first, ties by image_id.

    `sentence` is the query's, from a view that writes one.
    """

    numbers: Numbers
    stand: Stand
    asked: Asked | ViewQuery
    sentence: str | None = None


@dataclass(frozen=True, slots=True)
class Measures:
    """The asked pictures that the view holds; `sentence` as in `Listing`."""

    numbers: Numbers
    stand: Stand
    asked: Asked | ViewQuery
    sentence: str | None = None


class View(Protocol):
    """One view service. Calls raise ViewUnavailable; the first two also the caller's own ProblemError."""

    async def ends(self, query: ViewQuery | Asked, mode: Mode, depth: int) -> Listing:
        """The `depth` first pictures of the ranking by `mode`; all of them where there are fewer."""

    async def measure(self, query: ViewQuery | Asked, image_ids: Sequence[str]) -> Measures:
        """The numbers of the given pictures."""

    async def pairs(self, image_ids: Sequence[str]) -> PairDistances:
        """The distances between the given pictures, at most 1,000, each once."""

    async def model(self) -> ViewModel:
        """What the view serves and how far its index is."""

    async def push(
        self, batch: ChangeBatch, pictures: Mapping[str, bytes], artifact: str | None = None
    ) -> ChangesApplied:
        """Hand over changes with the new contents by hash, to the generation whose name is `artifact` or, for
        None, to the one that serves; raises ChangesRefused."""

    @property
    def is_suspect(self) -> bool:
        """Whether the view failed lately and no probe has succeeded since."""
