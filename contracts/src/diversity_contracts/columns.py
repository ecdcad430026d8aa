"""A list of neighbors as columns: what a view answers to `Accept: application/vnd.diversity.columns`.

A line of JSON says what follows it:

ids        a line each, UTF-8 (an id holds no control character); an empty one stands for a picture that the
           index does not hold, and has no place in the other columns
numbers    percentiles, then distances or similarities, then adjusted values: little-endian float64, exactly
captions   of a view that has them: a byte each for whose it is, their lengths in characters as little-endian
           uint32, and all of them as one text, UTF-8

Between services of one release only: other callers are answered in objects.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import NoneType
from typing import cast

import numpy as np
import orjson
from numpy.typing import NDArray

from diversity_contracts.image_ids import MAX_ID_BYTES
from diversity_contracts.texts import Texts
from diversity_contracts.wire import (
    CaptionSource,
    Distances,
    Neighbor,
    Ranking,
    Similarities,
    TextNeighbor,
    TextRanking,
)

COLUMNS_TYPE = "application/vnd.diversity.columns"
Listed = Ranking | Distances | TextRanking | Similarities
Column = NDArray[np.float64]
_MARK = b'{"columns":2,'  # a reply says so itself: whoever asked may be answered in objects all the same
_SOURCES: tuple[CaptionSource, ...] = ("human", "generated")
_LARGEST = float(np.finfo(np.float64).max)


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The entries of a list: `image_ids` with None for each that the index does not hold, and of the `held`
    (n) a column each, (n,).

    `values` are distances, or similarities where there are captions; `adjusted` is NaN where it is not known.
    """

    image_ids: Sequence[str | None]
    held: Sequence[str]
    percentiles: Column
    values: Column
    adjusted: Column
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
    entries: Sequence[Neighbor | TextNeighbor | None] = listed.results
    held = [entry for entry in entries if entry is not None]
    # Built by the view itself, so each list is of one kind.
    said = cast(list[TextNeighbor], held) if isinstance(listed, TextRanking | Similarities) else []
    measured = [] if said else cast(list[Neighbor], held)
    values = [entry.similarity for entry in said] + [entry.distance for entry in measured]
    # None becomes NaN.
    numbers = np.array(
        [[entry.percentile for entry in held], values, [entry.adjusted for entry in held]], dtype="<f8"
    )
    ids = "\n".join(["" if entry is None else entry.image_id for entry in entries]).encode()
    texts = Texts.of([entry.caption for entry in said])
    head = {
        "columns": 2,
        "places": len(entries),
        "id_bytes": len(ids),
        "held": len(held),
        "captions": len(said),
        "artifact": listed.artifact,
        "generation": listed.generation,
        "count": listed.count,
        "applied": listed.applied,
        "representation": listed.representation,
        "query_caption": getattr(listed, "query_caption", None),
    }
    sources = bytes([entry.caption_source == "generated" for entry in said])
    lengths = texts.lengths.astype("<u4").tobytes()
    body = (ids, numbers.tobytes(), sources, lengths, texts.whole.encode())
    return b"".join((orjson.dumps(head), b"\n", *body))


def unpack_columns(raw: bytes, *, captioned: bool) -> Columns:
    """The inverse. Raises ValueError for what no view can have said."""
    end = raw.index(b"\n")
    said = orjson.loads(raw[:end])
    sizes = [said.get(name) for name in ("places", "id_bytes", "held", "captions")]
    if not all(map(_is_count, sizes)):
        raise ValueError("it does not say how long it is")
    places, id_bytes, count, captions = sizes
    if captions != (count if captioned else 0):
        raise ValueError("there are not as many captions as pictures")
    ids_at = end + 1
    numbers_at = ids_at + id_bytes
    captions_at = numbers_at + 3 * 8 * count
    if len(raw) < captions_at:
        raise ValueError("it is not as long as it says")
    image_ids, held = _ids(str(raw[ids_at:numbers_at], "utf-8"), places)
    if len(held) != count:
        raise ValueError("there are not as many numbers as pictures")
    percentiles, values, adjusted = _numbers(raw, numbers_at, count, 1 if captioned else _LARGEST)
    texts, sources = _captions(raw, captions_at, captions)
    artifact, total, applied = said.get("artifact"), said.get("count"), said.get("applied")
    representation, sentence = said.get("representation"), said.get("query_caption")
    generation = said.get("generation")
    if (
        not isinstance(artifact, str)
        or not isinstance(generation, str | None)
        or not _is_count(total)
        or not _is_count(applied)
    ):
        raise ValueError("it does not say on what it stands")
    if not isinstance(representation, str | None) or not isinstance(sentence, str if captioned else NoneType):
        raise ValueError("it does not say what the query is")
    return Columns(
        image_ids, held, percentiles, values, adjusted, texts, sources,
        artifact, generation, total, applied, representation, sentence,
    )  # fmt: skip


def _ids(text: str, places: int) -> tuple[Sequence[str | None], Sequence[str]]:
    """With None for each that is not held, and those that are."""
    ids = text.split("\n") if places else []
    if len(ids) != places or max(map(len, ids), default=0) > MAX_ID_BYTES or (not places and text):
        raise ValueError("these are no ids")
    if "" not in ids:
        return ids, ids
    return [one or None for one in ids], [one for one in ids if one]


def _numbers(raw: bytes, start: int, count: int, largest: float) -> tuple[Column, Column, Column]:
    columns = np.frombuffer(raw, "<f8", 3 * count, start).reshape(3, count).astype(np.float64)
    percentiles, values, adjusted = columns
    if count and not (percentiles.min() >= 0 and percentiles.max() <= 1):  # false for NaN too
        raise ValueError("these are no percentiles")
    if count and not (values.min() >= 0 and values.max() <= largest):
        raise ValueError("these are no distances or similarities")
    if np.isinf(adjusted).any():
        raise ValueError("these are no adjusted values")
    return percentiles, values, adjusted


def _captions(raw: bytes, start: int, count: int) -> tuple[Sequence[str], Sequence[CaptionSource]]:
    lengths_at = start + count
    texts_at = lengths_at + 4 * count
    codes = raw[start:lengths_at]
    generated = codes.count(1)
    if len(raw) < texts_at or generated + codes.count(0) != count:
        raise ValueError("nobody knows where these captions come from")
    texts = Texts(str(raw[texts_at:], "utf-8"), np.frombuffer(raw, "<u4", count, lengths_at))
    if generated in {0, count}:  # as in most catalogues
        return texts, [_SOURCES[generated > 0]] * count
    return texts, [_SOURCES[code] for code in codes]


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
