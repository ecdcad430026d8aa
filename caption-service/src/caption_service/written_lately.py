"""What was written of pictures lately, by each width of beam that was asked for."""

from collections.abc import Callable
from functools import partial

from caption_service.captioning import WIDEST_BEAM, Captioning
from caption_service.written import Written
from diversity_view.contents import Contents

_WIDTH_BYTES = 2 * 1024 * 1024  # of a width that is not the artifact's own: 5,000 sentences


class WrittenLately:
    """Of one generation."""

    def __init__(self, captioning: Captioning, stored: Callable[[str], Written | None]) -> None:
        """`stored`: what the index keeps of a content, written by the artifact's own width."""
        self._own = Contents(captioning.written, stored, size=_size)
        self._others = {
            width: Contents(
                partial(captioning.written, width=width), lambda _: None, size=_size, limit=_WIDTH_BYTES
            )
            for width in range(1, WIDEST_BEAM + 1)
            if width != captioning.writer.width
        }

    def by(self, width: int | None) -> Contents[Written]:
        """What a beam of `width` writes; by default, and for the artifact's own, what the index keeps too."""
        return self._own if width is None else self._others.get(width, self._own)


def _size(written: Written) -> int:
    return len(written.sentence)
