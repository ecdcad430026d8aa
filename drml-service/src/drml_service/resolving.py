"""What a query is in the space that is searched: its vector, its own row, a history's members."""

import numpy as np

from diversity_contracts.problems import InvalidParameter, UnknownId
from diversity_contracts.vectors import decode_vector
from diversity_view.contents import Contents
from diversity_view.queries import ByHistory, ById, ByPicture, ByRepresentation, Single
from drml_service.histories import Members
from drml_service.search import LARGEST_SQUARE, Float32, squared_norms
from drml_service.searcher import Vectors


class Resolving:
    """Of one generation."""

    def __init__(self, contents: Contents[Float32], dimension: int, generation: str) -> None:
        """
        Args:
            contents: pictures' vectors.
            dimension: r, the length of a vector.
            generation: the name of the one whose representations are understood.
        """
        self._contents, self._dimension, self._generation = contents, dimension, generation

    def one(self, query: Single, table: Vectors) -> tuple[Float32, int | None]:
        """The query's vector (r,), and its own row if it was asked by id.

        Raises UnknownId, InvalidParameter, Conflict, NotAPicture or TooLarge.
        """
        match query:
            case ById(image_id):
                row = table.rows([image_id])[0]
                if row is None:
                    raise UnknownId(f"The index holds no picture {image_id!r}.")
                vector: Float32 = table.vectors(np.array([row]))[0]
                return vector, row
            case ByPicture(data):
                return self._contents.one(data), None
            case ByRepresentation(representation):
                query.check(self._generation)
                vector = decode_vector(representation, dimension=self._dimension)
                if squared_norms(vector[None])[0] > LARGEST_SQUARE:
                    raise InvalidParameter("`representation` is not one that this view gave.")
                return vector, None

    def members(self, query: ByHistory, table: Vectors) -> Members:
        """A history's pictures; those that are not indexed are left out. Raises UnknownId when all are, and
        what `one` raises."""
        ids = [one.image_id for one, _ in query.seen if isinstance(one, ById)]
        rows = {image_id: row for image_id, row in zip(ids, table.rows(ids), strict=True) if row is not None}
        held = dict(zip(rows, table.vectors(np.array(list(rows.values()), dtype=np.intp)), strict=True))
        found = list[tuple[Float32, int | None, float]]()
        for one, weight in query.seen:
            if not isinstance(one, ById):
                found.append((*self.one(one, table), weight))
            elif one.image_id in rows:
                found.append((held[one.image_id], rows[one.image_id], weight))
        return Members.of(found)
