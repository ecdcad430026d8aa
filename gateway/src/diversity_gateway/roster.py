"""Every picture's id with what is known of its looks, in memory: a ranking asks it of all candidates. Pure.

100,000 ids of six characters take 8 MB, and 0.15 s to read from the file.
"""

from collections.abc import Iterable, Sequence
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

SHOWS, BLANK, UNTOLD, ABSENT = range(4)  # untold: nobody has looked at the picture yet
Line = tuple[str, int, int | None]  # an id, whether it was deleted, whether it is blank


class Roster:
    """Told of every change, it says what the catalogue would."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._looks: dict[str, int] = {}
        self._odd: dict[str, int] = {}  # those that do not show, mostly few: a look at them costs a tenth
        self.follow(lines)

    def follow(self, lines: Iterable[Line]) -> None:
        """The present state of pictures that changed."""
        for image_id, deleted, blank in lines:
            self._odd.pop(image_id, None)
            if deleted:
                self._looks.pop(image_id, None)
                continue
            look = self._looks[image_id] = UNTOLD if blank is None else BLANK if blank else SHOWS
            if look != SHOWS:
                self._odd[image_id] = look

    def of(self, image_ids: Sequence[str], *, held: bool = False) -> NDArray[np.int8]:
        """(n,): SHOWS, BLANK, UNTOLD or ABSENT; none of them is absent where all are known to be `held`."""
        known, else_ = (self._odd, SHOWS) if held else (self._looks, ABSENT)
        return np.fromiter(map(known.get, image_ids, repeat(else_)), np.int8, len(image_ids))
