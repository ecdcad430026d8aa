"""What the catalogue holds of a picture, in plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from diversity_contracts.problems import UnknownId
from diversity_gateway.appearance import Appearance

MetadataValue = str | int | float | bool
# For each key the accepted values: a picture passes when every key is there with one of them.
Filter = Mapping[str, tuple[MetadataValue, ...]]


@dataclass(frozen=True, slots=True)
class Picture:
    """Stored bytes: their SHA-256, what they are, pixels after orientation, length."""

    content_hash: str
    media_type: str
    width: int
    height: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One row. `picture` is None in a tombstone. Times are ISO 8601 in UTC."""

    image_id: str
    picture: Picture | None
    captions: tuple[str, ...]
    metadata: Mapping[str, MetadataValue]
    created: str
    updated: str
    seq: int
    appearance: Appearance | None = None  # None where it was never told

    @property
    def present(self) -> Picture:
        """The picture; raises UnknownId for a tombstone."""
        if self.picture is None:
            raise UnknownId(f"There is no picture {self.image_id!r}.")
        return self.picture


@dataclass(frozen=True, slots=True)
class Stored:
    """What a put did: the entry as it left it, and whether that is new or has changed."""

    entry: Entry
    created: bool
    changed: bool

    @property
    def seq(self) -> int:
        """The number of the picture's latest change."""
        return self.entry.seq


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Entries read in one state of the catalogue: its latest change, and how many pictures it has."""

    version: int
    size: int
    entries: Mapping[str, Entry] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Presence:
    """Of `image_ids` (n) those that are `there` (n,), all in one state, which is told without entries."""

    state: Snapshot
    image_ids: Sequence[str]
    there: NDArray[np.bool_]
