"""Many texts as one: of thousands that cross between processes a handful are read."""

from collections.abc import Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray


class Texts(Sequence[str]):
    """Texts (n), each cut out when it is asked for.

    Args:
        whole: all of them, one after the other.
        lengths: (n,), in characters. ValueError where they do not add up to `whole`.
    """

    __slots__ = ("_ends", "_whole")

    def __init__(self, whole: str, lengths: NDArray[np.integer]) -> None:
        ends = np.zeros(len(lengths) + 1, dtype=np.int64)
        np.cumsum(lengths, out=ends[1:])
        if ends[-1] != len(whole):
            raise ValueError("the lengths are not those of the texts")
        self._whole, self._ends = whole, ends

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Texts":
        """The same texts."""
        return cls("".join(texts), np.array(list(map(len, texts)), dtype=np.int64))

    @property
    def whole(self) -> str:
        """All of them, one after the other."""
        return self._whole

    @property
    def lengths(self) -> NDArray[np.integer]:
        """(n,), in characters."""
        return np.diff(self._ends)

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        if not -len(self) <= place < len(self):
            raise IndexError(place)
        start = place % len(self)
        return self._whole[self._ends[start] : self._ends[start + 1]]

    def __add__(self, later: "Texts") -> "Texts":
        """These, and then `later`."""
        return Texts(self._whole + later.whole, np.concatenate([self.lengths, later.lengths]))
