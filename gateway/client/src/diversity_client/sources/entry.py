"""What a source hands over, one picture at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from diversity_client.answers import Metadata


@dataclass(frozen=True, slots=True)
class Entry:
    """One picture as it is to stand in the catalogue.

    Attributes:
        place: where it lies in the source, for people.
        captions, metadata: None where the source says nothing of them.
        read: its bytes, to be asked for before the source's next entry is taken. Raises Misused.
    """

    image_id: str
    place: str
    captions: tuple[str, ...] | None
    metadata: Metadata | None
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Unusable:
    """Something that stands for a picture and cannot be one."""

    place: str
    reason: str


class Source(Protocol):
    """Pictures to be gone through once or several times; nothing of them is kept in memory."""

    def __len__(self) -> int:
        """How many there are, the unusable ones included."""

    def __iter__(self) -> Iterator[Entry | Unusable]:
        """All of them, in the same order each time."""
