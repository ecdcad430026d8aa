"""Where the pictures of the index lie on the catalogue's map."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from diversity_contracts.places import Place, Places, pack_points
from diversity_contracts.problems import NotSupported, UnknownId
from diversity_view.feed import View
from diversity_view.recent import Recent
from drml_service.projection import Projection
from drml_service.search import Float32
from drml_service.searcher import Vectors
from drml_service.table import Table

REACH = 2.0  # what the wire's numbers reach
NO_MAP = "The artifact that serves has no map of the catalogue."
ELSEWHERE = "The map is drawn from vectors in this process; here they lie elsewhere."


class Atlas:
    """Draws the map of a generation, anew for another state of the index.

    A picture's place depends on its vector alone, and 100,000 of them take less than a second: they
    are not stored, so that no index has to be built anew for an artifact that got its map later.
    """

    def __init__(self, projection: Projection | None, named: Mapping[str, Any]) -> None:
        """`named`: what a reply says of its generation."""
        self._projection, self._named = projection, named
        self._drawn = Recent[Places](1)

    def places(self, view: View[Vectors]) -> Places:
        """Every picture's. Raises UnknownId without a map, NotSupported where the vectors lie elsewhere."""
        projection, table = self._known(), view.table
        if not isinstance(table, Table):
            raise NotSupported(ELSEWHERE)
        return self._drawn.of(view, None, lambda: self._draw(projection, table, view.position.applied))

    def place(self, vector: Float32) -> Place:
        """That of one vector (r,). Raises UnknownId for an artifact without a map."""
        x, y = np.clip(self._known().points(vector[None])[0].astype(np.float64), -REACH, REACH).tolist()
        return Place.model_construct(x=x, y=y, **self._named)

    def _known(self) -> Projection:
        if self._projection is None:
            raise UnknownId(NO_MAP)
        return self._projection

    def _draw(self, projection: Projection, table: Table, applied: int) -> Places:
        return Places.model_construct(
            image_ids=[image_id for block in table.blocks for image_id in block.ids.tolist()],
            points=pack_points(np.concatenate([np.empty((0, 2), np.float32), *_drawn(projection, table)])),
            **self._named,
            count=len(table),
            applied=applied,
        )


def _drawn(projection: Projection, table: Table) -> Iterator[Float32]:
    for block in table.blocks:
        yield projection.points(block.vectors)
