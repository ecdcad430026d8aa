"""Opaque cursors: where a page ended, in which ranking of which state. Pure.

A cursor carries no secret and grants nothing, so it is not signed: a changed one is refused by its shape,
by its query or by its state.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from diversity_contracts.problems import InvalidParameter, StaleCursor

MAX_LENGTH = 2_048  # characters; a real one has under 600


def fingerprint(*pieces: bytes | str) -> str:
    """What a query is, in 22 characters: two queries that differ in any piece differ here."""
    digest = hashlib.sha256()
    for piece in pieces:
        raw = piece.encode() if isinstance(piece, str) else piece
        digest.update(len(raw).to_bytes(8, "big"))
        digest.update(raw)
    return base64.urlsafe_b64encode(digest.digest()[:16]).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class PagePlace:
    """Where a page starts, and how many pictures the first page listed: they size the ranking's far band.

    `judged`: what told near-duplicates apart up to there, beside the views that rank; empty where nothing
    did.
    """

    offset: int
    listed: int
    judged: str = ""


def encode_page(query: str, state: Sequence[object], place: PagePlace) -> str:
    """The cursor of the page at `place` of `query` (a fingerprint) in `state`."""
    return _pack([query, fingerprint(orjson.dumps(list(state))), place.offset, place.listed, place.judged])


def decode_page(cursor: str, query: str) -> PagePlace:
    """The place in `cursor`. Raises InvalidParameter unless it is a cursor of this very query."""
    match _unpack(cursor):
        case [str(asked), str(), int(offset), int(listed), str(judged)] if offset > 0 and listed > 0:
            if asked != query:
                raise InvalidParameter(
                    "`cursor` belongs to another query; send the same body and parameters."
                )
            return PagePlace(offset, listed, judged)
    raise InvalidParameter("`cursor` is not one that this service gave.")


def check_state(cursor: str, state: Sequence[object], judged: str = "") -> None:
    """Raises StaleCursor unless the ranking still stands on `state`: generations and catalogue version.

    What the first pages were `judged` by must have judged this one too. Where they needed no judge, one that
    this page needs changes nothing of what they listed.
    """
    match _unpack(cursor):
        case [_, str(known), _, _, before] if known == fingerprint(orjson.dumps(list(state))):
            if before in {"", judged}:
                return
    raise StaleCursor(
        "The catalogue or an artifact has changed since the first page; start again without `cursor`."
    )


def encode_after(image_id: str) -> str:
    """The cursor of the catalogue page that starts after `image_id`."""
    return _pack([image_id])


def decode_after(cursor: str) -> str:
    """The inverse of `encode_after`; raises InvalidParameter."""
    match _unpack(cursor):
        case [str(image_id)]:
            return image_id
    raise InvalidParameter("`cursor` is not one that this service gave.")


def _pack(value: list[object]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")


def _unpack(cursor: str) -> object:
    if len(cursor) > MAX_LENGTH:
        return None
    try:
        return orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        return None
