"""What came of an ingest."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Refusal:
    """A picture that was not taken.

    Attributes:
        place: where it lies in the source.
        image_id: None where the source gives none.
        status: the gateway's; None where it was not asked.
        content_hash: of the bytes refused; None where they were not read.
    """

    place: str
    image_id: str | None
    status: int | None
    title: str
    detail: str
    content_hash: str | None = None

    @property
    def is_final(self) -> bool:
        """Whether the same bytes will be refused again: the gateway judged them, not the moment."""
        return self.status in {400, 413, 415, 422}


@dataclass(slots=True)
class Report:
    """Pictures counted by what became of them. `took_s`: sending, without waiting for the views."""

    total: int = 0
    added: int = 0
    replaced: int = 0
    already_there: int = 0
    refused: list[Refusal] = field(default_factory=list)
    sent_bytes: int = 0
    took_s: float = 0.0

    @property
    def done(self) -> int:
        """Pictures that were dealt with."""
        return self.added + self.replaced + self.already_there + len(self.refused)

    def reasons(self) -> Iterator[tuple[str, int]]:
        """Why pictures were refused, the most frequent reason first."""
        yield from Counter(refusal.title for refusal in self.refused).most_common()

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {**asdict(self), "took_s": round(self.took_s, 3)}
