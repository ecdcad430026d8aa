"""How an index's tables follow each other: what was worked out before is taken from where it is kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from caption_service.correction import followed
from caption_service.decoder_state import Float32
from caption_service.kept_sentences import KeptSentences
from caption_service.sentences import Vectors
from caption_service.table import Table
from caption_service.written import Written
from diversity_view.records import Indexed

_NOT_NEEDED: Float32 = np.empty((0, 0), dtype=np.float32)


class Following:
    """Makes the table that comes after another one, with what is usual of its entries."""

    def __init__(
        self, vectors: Vectors, reference: Callable[[], Float32], kept: KeptSentences | None
    ) -> None:
        """
        Args:
            vectors: sentences to unit rows.
            reference: gives (m, dimension), the vectors of the reference sentences; asked when something is
                compared with them.
            kept: what was worked out of sentences before.
        """
        self._vectors = vectors if kept is None else kept.vectors
        self._make_reference = reference
        self._reference: Float32 | None = None
        self._kept = kept

    def __call__(
        self, table: Table, upserts: Mapping[str, Indexed[Written]], deletes: Sequence[str]
    ) -> Table:
        """`deletes` removed, then `upserts` added or replaced."""
        following = table.changed(upserts, deletes, self._vectors)
        if table.usual is not None:
            known = {} if self._kept is None else self._kept.statistics(following, upserts)
            if self._reference is None and len(known) < len(upserts):
                self._reference = np.ascontiguousarray(self._make_reference().T)
            reference = _NOT_NEEDED if self._reference is None else self._reference
            usual = followed(following, table.usual, upserts, deletes, reference, known=known)
            following = replace(following, usual=usual)
        if self._kept is not None:
            self._kept.note(following)
        return following
