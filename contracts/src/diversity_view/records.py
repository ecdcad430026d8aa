"""What a view keeps of a catalogue: how far it stands, its entries, one transaction's worth of change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Content = TypeVar("Content")


@dataclass(frozen=True, slots=True)
class Position:
    """How far the index stands in which catalogue."""

    catalogue_id: str | None = None
    applied: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One picture of the catalogue: its content, the change that last touched it, its human captions."""

    content_hash: str
    seq: int
    captions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Indexed(Generic[Content]):
    """What the view knows of one picture: its content's representation, its human captions."""

    content: Content
    captions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch(Generic[Content]):
    """One transaction's worth of change."""

    position: Position
    contents: Mapping[str, Content] = field(default_factory=dict)  # new ones, by content hash
    entries: Mapping[str, Entry] = field(default_factory=dict)  # by image_id
    deletes: Sequence[str] = ()
    reset: bool = False
