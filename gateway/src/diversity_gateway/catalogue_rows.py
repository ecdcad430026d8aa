"""How a picture stands in the catalogue's table: columns, conditions, a row as an entry. Pure."""

# ruff: noqa: S608 - the texts put together are this module's own; every value is bound

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from diversity_gateway.appearance import Appearance
from diversity_gateway.entries import Entry, Filter, Picture

COLUMNS = (
    "image_id, content_hash, media_type, width, height, bytes, "
    "captions, metadata, created, updated, seq, deleted"
)
READ = f"{COLUMNS}, shapes, colours, blank"
# An appearance belongs to a content: told once, whatever ids it has, and absent for one that came before.
TABLES = "images LEFT JOIN appearances USING (content_hash)"
APPEARANCES = """
CREATE TABLE IF NOT EXISTS appearances (
    content_hash TEXT PRIMARY KEY, shapes INTEGER, colours BLOB NOT NULL, blank INTEGER NOT NULL
) WITHOUT ROWID;
"""
Blanks = Literal["in", "out", "only"]
_BLANKS: dict[Blanks, str] = {
    "in": "",
    "out": " AND coalesce(blank, 0) = 0",
    "only": " AND coalesce(blank, 0) = 1",
}


@dataclass(frozen=True, slots=True)
class Sought:
    """Pictures that are looked for: are they there, do they pass `wanted`, are they among `blanks`?

    `held_in`: a version and a size of the catalogue; as long as it has these, all of them are there.
    """

    image_ids: Sequence[str]
    wanted: Filter | None = None
    blanks: Blanks = "in"
    held_in: tuple[int, int] | None = None


def entry_of(row: tuple[Any, ...]) -> Entry:
    """A row of the columns READ."""
    (
        image_id,
        content_hash,
        media_type,
        width,
        height,
        size,
        captions,
        metadata,
        created,
        updated,
        seq,
        deleted,
        shapes,
        colours,
        blank,
    ) = row
    return Entry(
        image_id=image_id,
        picture=None if deleted else Picture(content_hash, media_type, width, height, size),
        captions=tuple(orjson.loads(captions)),
        metadata=orjson.loads(metadata),
        created=created,
        updated=updated,
        seq=seq,
        appearance=None if colours is None else Appearance(shapes, colours, bool(blank)),
    )


def condition(wanted: Filter | None, blanks: Blanks = "in") -> tuple[str, list[str | int | float]]:
    """SQL for `blanks`, and for `wanted` over the metadata's JSON; 1 and true differ, 1 and 1.0 do not."""
    found, values = _BLANKS[blanks], list[str | int | float]()
    for key, accepted in (wanted or {}).items():
        options = []
        values.append(key)
        for value in accepted:
            if isinstance(value, bool):
                options.append(f"type = '{'true' if value else 'false'}'")
            else:
                options.append("(type = 'text' AND value = ?)" if isinstance(value, str) else
                               "(type IN ('integer', 'real') AND value = ?)")  # fmt: skip
                values.append(value)
        either = " OR ".join(options) or "0"
        found += f" AND EXISTS (SELECT 1 FROM json_each(images.metadata) WHERE key = ? AND ({either}))"
    return found, values


def dump(value: object) -> str:
    """As JSON, equal for equal values."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
