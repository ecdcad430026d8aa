"""A table as arrays that a file can hold, and back: full blocks and segments stay where the arrays lie."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from diversity_view.mapped_file import Array
from diversity_view.row_map import RowMap
from diversity_view.usual import Usual
from drml_service.blocks import Block, Buffer, addresses_of
from drml_service.segments import Segments
from drml_service.table import Table


def arrays_of(table: Table, ids: Sequence[str]) -> tuple[dict[str, Any], dict[str, list[Array]]]:
    """What JSON holds of a table with at least one row, and its arrays in pieces.

    Args:
        ids: those of the rows, in order.
    """
    arrays: dict[str, list[Array]] = {"rows": [block.rows for block in table.blocks]}
    if table.usual is not None:
        arrays["usual"] = [table.usual.of(ids)]
    if table.segments is None:
        return {"learned_from": None}, arrays
    return {"learned_from": table.segments.learned_from}, arrays | table.segments.arrays()


def table_of(
    empty: Table, ids: Sequence[str], arrays: Mapping[str, Array], about: Mapping[str, Any]
) -> Table:
    """The table that `arrays_of` was told of, over its arrays; `empty` is one with the same settings."""
    names, size = np.array(ids, dtype=np.object_), empty.block_rows
    blocks = []
    for start in range(0, len(ids), size):
        inside = slice(start, min(start + size, len(ids)))
        buffer = Buffer.over(arrays["rows"][inside], names[inside], size)
        blocks.append(Block.of(buffer, inside.stop - start))
    segments = None
    if about["learned_from"] is not None:
        segments = Segments.over(arrays, len(ids), empty.dimension, about["learned_from"])
    return replace(
        empty,
        blocks=tuple(blocks),
        usual=None if empty.usual is None else Usual().changed(list(ids), arrays["usual"]),
        segments=segments,
        addresses=addresses_of(blocks),
        _rows=RowMap().changed({image_id: row for row, image_id in enumerate(ids)}),
    )
