"""What a user saw, as a set of weighted pictures: the values, and what a store of them must do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from diversity_contracts.wire import MAX_HISTORY

LIGHTEST = 0.01  # a weight stays above 0, however long ago the picture was seen


@dataclass(frozen=True, slots=True)
class SeenPicture:
    """One picture of a history: its weight in (0, 1], and when it was seen, ISO 8601 in UTC."""

    image_id: str
    weight: float = 1.0
    seen: str = ""


class HistoryStore(Protocol):
    """Keeps the newest 1,000 pictures of each user. What `add` returned from is durable."""

    async def add(self, user_id: str, pictures: Sequence[SeenPicture]) -> int:
        """Append `pictures`, the newest last; one that is there already moves to the end with its new weight.
        The new length."""

    async def read(self, user_id: str) -> list[SeenPicture]:
        """The user's pictures, the newest last; none for a user that is not known."""

    async def clear(self, user_id: str) -> None:
        """Forget the user."""


def newest(pictures: Iterable[SeenPicture]) -> list[SeenPicture]:
    """At most 1,000, the last ones; of one picture's entries the last, with the weight it has there.

    So it is for a history that is sent, and for one that is kept: what is said again replaces what was said.
    """
    kept = dict[str, SeenPicture]()
    for picture in pictures:
        kept.pop(picture.image_id, None)  # so that it comes last
        kept[picture.image_id] = picture
    return list(kept.values())[-MAX_HISTORY:]


def recent_first(pictures: Sequence[SeenPicture], half_life_days: float) -> list[SeenPicture]:
    """The same pictures, each weight halved for every `half_life_days` before the newest one was seen.

    Measured from the newest one, not from now: the same history asks the same tomorrow, and the pages of one
    ranking fit together.
    """
    if not pictures:
        return []
    times = [datetime.fromisoformat(picture.seen) for picture in pictures]
    latest = max(times)
    days = [(latest - time).total_seconds() / 86_400 for time in times]
    return [
        SeenPicture(
            picture.image_id, max(LIGHTEST, picture.weight * 0.5 ** (age / half_life_days)), picture.seen
        )
        for picture, age in zip(pictures, days, strict=True)
    ]
