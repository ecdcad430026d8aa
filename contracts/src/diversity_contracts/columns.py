"""A list of neighbors as columns: what a view answers to `Accept: application/vnd.diversity.columns+json`.

The numbers cross as base64 of little-endian float64, exactly. Between services of one release only: other
callers are answered in objects.
"""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from types import NoneType

import numpy as np
import orjson
from numpy.typing import NDArray

from diversity_contracts.image_ids import MAX_ID_BYTES
from diversity_contracts.wire import (
    CaptionSource,
    Distances,
    Neighbor,
    Ranking,
    Similarities,
    TextNeighbor,
    TextRanking,
)

COLUMNS_TYPE = "application/vnd.diversity.columns+json"
Listed = Ranking | Distances | TextRanking | Similarities
_MARK = b'{"columns":1,'  # a reply says so itself: whoever asked may be answered in objects all the same
_SOURCES: tuple[CaptionSource, ...] = ("human", "generated")
_LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True, slots=True)
class Columns:
    """The entries of a list, each column (n,); an id of None stands for one that the index does not hold.

    `values` are distances, or similarities where there are captions; `adjusted` is NaN where it is not known.
    """

    image_ids: Sequence[str | None]
    percentiles: Sequence[float]
    values: Sequence[float]
    adjusted: Sequence[float]
    captions: Sequence[str]
    sources: Sequence[CaptionSource]
    artifact: str
    generation: str | None
    count: int
    applied: int
    representation: str | None
    query_caption: str | None


def is_columns(raw: bytes) -> bool:
    """Whether a reply came in columns."""
    return raw.startswith(_MARK)


def pack_columns(listed: Listed) -> bytes:
    """`listed`, without pairwise distances, as a reply in columns."""
    # Built by the view itself, so each list is of one kind.
    entries: Sequence[Neighbor | TextNeighbor | None] = listed.results
    held = [entry for entry in entries if entry is not None]
    texts = [entry for entry in held if isinstance(entry, TextNeighbor)]
    values = [entry.similarity if isinstance(entry, TextNeighbor) else entry.distance for entry in held]
    adjusted = [math.nan if entry.adjusted is None else entry.adjusted for entry in held]
    numbers = np.array([[entry.percentile for entry in held], values, adjusted], dtype="<f8")
    return orjson.dumps(
        {
            "columns": 1,
            "image_ids": [None if entry is None else entry.image_id for entry in entries],
            "numbers": base64.b64encode(numbers.tobytes()).decode("ascii"),
            "captions": [entry.caption for entry in texts],
            "sources": [_SOURCES.index(entry.caption_source) for entry in texts],
            "artifact": listed.artifact,
            "generation": listed.generation,
            "count": listed.count,
            "applied": listed.applied,
            "representation": listed.representation,
            "query_caption": getattr(listed, "query_caption", None),
        }
    )


def unpack_columns(raw: bytes, *, captioned: bool) -> Columns:
    """The inverse; the columns have an entry for each id that is not None.

    Raises ValueError for what no view can have said.
    """
    said = orjson.loads(raw)
    image_ids = said.get("image_ids")
    if not isinstance(image_ids, list) or not _kinds(image_ids) <= {str, NoneType}:
        raise ValueError("these are no ids")
    held = [one for one in image_ids if one is not None]
    if held and not 1 <= min(map(len, held)) <= max(map(len, held)) <= MAX_ID_BYTES:
        raise ValueError("these are no ids")
    percentiles, values, adjusted = _unpacked(said.get("numbers"), len(held))
    if held and not (percentiles.min() >= 0 and percentiles.max() <= 1):  # false for NaN too
        raise ValueError("these are no percentiles")
    if held and not (values.min() >= 0 and values.max() <= (1 if captioned else _LARGEST)):
        raise ValueError("these are no distances or similarities")
    if np.isinf(adjusted).any():
        raise ValueError("these are no adjusted values")
    captions, sources = said.get("captions"), said.get("sources")
    if not isinstance(captions, list) or not _kinds(captions) <= {str}:
        raise ValueError("these are no captions")
    if not isinstance(sources, list) or not _kinds(sources) <= {int} or not set(sources) <= {0, 1}:
        raise ValueError("nobody knows where these captions come from")
    if not len(captions) == len(sources) == (len(held) if captioned else 0):
        raise ValueError("there are not as many captions as pictures")
    artifact, count, applied = said.get("artifact"), said.get("count"), said.get("applied")
    representation, sentence = said.get("representation"), said.get("query_caption")
    generation = said.get("generation")
    if (
        not isinstance(artifact, str)
        or not isinstance(generation, str | None)
        or not _is_count(count)
        or not _is_count(applied)
    ):
        raise ValueError("it does not say on what it stands")
    if not isinstance(representation, str | None) or not isinstance(sentence, str if captioned else NoneType):
        raise ValueError("it does not say what the query is")
    return Columns(
        image_ids, percentiles.tolist(), values.tolist(), adjusted.tolist(), captions,
        [_SOURCES[place] for place in sources], artifact, generation, count, applied, representation,
        sentence,
    )  # fmt: skip


def _kinds(values: list[object]) -> set[type]:
    return set(map(type, values))


def _unpacked(text: object, count: int) -> NDArray[np.float64]:
    """(3, count)."""
    if not isinstance(text, str):
        raise ValueError("the numbers are missing")
    packed = base64.b64decode(text, validate=True)
    if len(packed) != 3 * 8 * count:
        raise ValueError("there are not as many numbers as pictures")
    return np.frombuffer(packed, dtype="<f8").astype(np.float64).reshape(3, count)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
