"""What a view made of pictures lately, by content hash: a picture that comes again is not encoded again."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from diversity_contracts.pictures import content_hash
from diversity_contracts.problems import ProblemError
from diversity_view.changes import Encode

Content = TypeVar("Content")
LIMIT_BYTES = 32 * 1024 * 1024
OVERHEAD = 300  # bytes an entry costs beside its content, about


class Contents(Generic[Content]):
    """Of one generation. Called from several threads; the least recently used go when `limit` is full.

    Args:
        encode: bytes to contents, or to why there is none.
        stored: what the index keeps of a content.
        size: the bytes of a content.
    """

    def __init__(
        self,
        encode: Encode[Content],
        stored: Callable[[str], Content | None],
        size: Callable[[Content], int],
        limit: int = LIMIT_BYTES,
    ) -> None:
        self._encode, self._stored, self._size, self._limit = encode, stored, size, limit
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Content] = OrderedDict()
        self.held = 0

    def of(self, pictures: Sequence[bytes], *, keep: bool = True) -> list[Content | ProblemError]:
        """For each picture its content, or why it has none; new ones are encoded in one call.

        Args:
            keep: whether new ones are remembered. An ingest's are not: they would push out those of the
                queries, and the index has them in a moment.
        """
        keys = [content_hash(data) for data in pictures]
        found = dict[str, Content | ProblemError]()
        new = dict[str, bytes]()
        for key, data in zip(keys, pictures, strict=True):
            if key not in found and (known := self._known(key)) is not None:
                found[key] = known
            elif key not in found:
                new[key] = data
        if new:
            for key, content in zip(new, self._encode(list(new.values())), strict=True):
                found[key] = content
                if keep and not isinstance(content, ProblemError):
                    self._keep(key, content)
        return [found[key] for key in keys]

    def one(self, picture: bytes) -> Content:
        """The content of one picture. Raises the ProblemError that says why it has none."""
        (found,) = self.of([picture])
        if isinstance(found, ProblemError):
            raise found
        return found

    def _known(self, key: str) -> Content | None:
        with self._lock:
            if (kept := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return kept
        return self._stored(key)

    def _keep(self, key: str, content: Content) -> None:
        with self._lock:
            if key in self._kept:
                return
            self._kept[key] = content
            self.held += OVERHEAD + self._size(content)
            while self.held > self._limit:
                _, gone = self._kept.popitem(last=False)
                self.held -= OVERHEAD + self._size(gone)
