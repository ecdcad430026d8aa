"""A list in columns is the list in objects; what no view can have said is refused."""

import struct

import orjson
import pytest

from diversity_contracts.columns import is_columns, pack_columns, unpack_columns
from diversity_contracts.wire import (
    Distances,
    Neighbor,
    Ranking,
    Similarities,
    TextNeighbor,
    TextRanking,
)

NAN, INF = float("nan"), float("inf")
NEIGHBORS = [
    Neighbor(image_id="é/1", distance=0.1 + 0.2, percentile=1 / 3, adjusted=-2.5),
    Neighbor(image_id="b", distance=3.0, percentile=1.0),
]
TEXTS = [
    TextNeighbor(
        image_id="a", similarity=1 / 7, percentile=0.0, caption="A “dog”.", caption_source="generated"
    ),
    TextNeighbor(
        image_id="b", similarity=1.0, percentile=1.0, caption="", caption_source="human", adjusted=1
    ),
]


def test_distances_come_back_to_the_last_bit() -> None:
    listed = Ranking(results=NEIGHBORS, artifact="x", count=7, applied=9, representation="AAAA")
    raw = pack_columns(listed)
    assert is_columns(raw)
    assert not is_columns(listed.model_dump_json().encode())
    found = unpack_columns(raw, captioned=False)
    assert list(found.image_ids) == ["é/1", "b"]
    assert list(found.values) == [0.1 + 0.2, 3.0]
    assert list(found.percentiles) == [1 / 3, 1.0]
    assert found.adjusted[0] == -2.5
    assert found.adjusted[1] != found.adjusted[1]
    assert (found.artifact, found.count, found.applied) == ("x", 7, 9)
    assert (found.representation, found.query_caption, list(found.captions)) == ("AAAA", None, [])


def test_an_id_that_is_not_held_has_a_place_and_no_numbers() -> None:
    listed = Distances(results=[None, NEIGHBORS[0], None, NEIGHBORS[1]], artifact="x", count=2, applied=0)
    found = unpack_columns(pack_columns(listed), captioned=False)
    assert list(found.image_ids) == [None, "é/1", None, "b"]
    assert list(found.values) == [0.1 + 0.2, 3.0]


def test_captions_come_with_their_source() -> None:
    listed = TextRanking(results=TEXTS, query_caption="a cat", artifact="x", count=2, applied=1)
    found = unpack_columns(pack_columns(listed), captioned=True)
    assert (list(found.captions), list(found.sources)) == (["A “dog”.", ""], ["generated", "human"])
    assert (list(found.values), found.query_caption) == ([1 / 7, 1.0], "a cat")
    some = Similarities(results=[None, *TEXTS], query_caption="a cat", artifact="x", count=2, applied=1)
    assert list(unpack_columns(pack_columns(some), captioned=True).image_ids) == [None, "a", "b"]


def numbers(
    percentiles: tuple[float, ...] = (0, 1),
    values: tuple[float, ...] = (0, 1),
    adjusted: tuple[float, ...] = (0, 1),
) -> bytes:
    """As they cross: each column after the other, little-endian float64."""
    return struct.pack("<6d", *percentiles, *values, *adjusted)


SAID: dict[str, object] = {
    "columns": 2, "places": 2, "id_bytes": 3, "held": 2, "captions": 2, "artifact": "x", "generation": None,
    "count": 2, "applied": 1, "representation": None, "query_caption": "a cat",
}  # fmt: skip
BODY: dict[str, bytes] = {
    "ids": b"a\nb",
    "numbers": numbers(),
    "sources": b"\x01\x00",
    "lengths": struct.pack("<2I", 2, 1),
    "texts": "éaé".encode(),
}


def reply(**changed: object) -> bytes:
    """A sound reply, but for what is changed of it."""
    said = {name: changed.get(name, value) for name, value in SAID.items()}
    body = {name: changed.get(name, value) for name, value in BODY.items()}
    return b"\n".join((orjson.dumps(said), b"".join(map(_bytes, body.values()))))


def _bytes(value: object) -> bytes:
    assert isinstance(value, bytes)
    return value


def test_a_reply_written_by_hand() -> None:
    found = unpack_columns(reply(), captioned=True)
    assert (list(found.image_ids), list(found.held)) == (["a", "b"], ["a", "b"])
    assert (list(found.captions), list(found.sources)) == (["éa", "é"], ["generated", "human"])
    assert list(found.percentiles) == list(found.values) == list(found.adjusted) == [0, 1]
    gaps = unpack_columns(reply(ids=b"\na\nb\n", id_bytes=5, places=4), captioned=True)
    assert (list(gaps.image_ids), list(gaps.held)) == ([None, "a", "b", None], ["a", "b"])


@pytest.mark.parametrize(
    "changed",
    [
        {"ids": b"a\n\xff"},
        {"ids": b"abc"},
        {"ids": b"a\n\n"},
        {"places": 3},
        {"places": 0},
        {"places": None},
        {"id_bytes": 4},
        {"id_bytes": -1},
        {"id_bytes": 10**9},
        {"ids": b"a\n" + b"b" * 257, "id_bytes": 259},
        {"held": 1},
        {"held": 3},
        {"held": True},
        {"held": 10**9},
        {"numbers": numbers()[:-8]},
        {"numbers": numbers() + b"\x00"},
        {"numbers": numbers(percentiles=(0.5, 1.5))},
        {"numbers": numbers(percentiles=(-0.5, 0.5))},
        {"numbers": numbers(percentiles=(0.5, NAN))},
        {"numbers": numbers(values=(-1, 0))},
        {"numbers": numbers(values=(0, INF))},
        {"numbers": numbers(values=(0, 1.01))},
        {"numbers": numbers(values=(0, NAN))},
        {"numbers": numbers(adjusted=(0, INF))},
        {"captions": 1},
        {"captions": 0},
        {"sources": b"\x01\x02"},
        {"lengths": struct.pack("<2I", 2, 2)},
        {"lengths": struct.pack("<2I", 2, 2**32 - 1)},
        {"texts": b"a\xff\xff"},
        {"texts": b""},
        {"artifact": None},
        {"count": -1},
        {"applied": True},
        {"representation": 5},
        {"generation": 5},
        {"query_caption": None},
    ],
    ids=str,
)
def test_nonsense_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - which of the findings does not matter
        unpack_columns(reply(**changed), captioned=True)


@pytest.mark.parametrize("raw", [b"", b"{}", b'{"columns":2,', b'{"columns":2,\n', b"\n", b"\xff\n"])
def test_what_is_no_reply_is_refused(raw: bytes) -> None:
    # Without a first line, or with one that is no JSON.
    with pytest.raises(ValueError, match=r"subsection not found|unexpected end|zero-length|UTF-8"):
        unpack_columns(raw, captioned=False)


CUT_SHORT = (
    "subsection not found|not as long as it says|where these captions come from|lengths are not those|"
    "codec can't decode"  # in the middle of a letter
)


def test_a_reply_that_is_cut_short_is_refused() -> None:
    whole = reply()
    for length in range(len(whole)):
        # Where it is cut decides which finding comes first; none may be let through.
        with pytest.raises(ValueError, match=CUT_SHORT):
            unpack_columns(whole[:length], captioned=True)


def test_a_list_of_the_other_kind_is_refused() -> None:
    texts = TextRanking(results=TEXTS, query_caption="a cat", artifact="x", count=2, applied=1)
    numbers = Ranking(results=NEIGHBORS, artifact="x", count=7, applied=9)
    for listed, captioned in ((texts, False), (numbers, True)):
        with pytest.raises(ValueError, match="not as many captions as pictures"):
            unpack_columns(pack_columns(listed), captioned=captioned)


def test_an_empty_list() -> None:
    found = unpack_columns(
        pack_columns(Ranking(results=[], artifact="x", count=0, applied=0)), captioned=False
    )
    columns = (
        found.image_ids,
        found.percentiles,
        found.values,
        found.adjusted,
        found.captions,
        found.sources,
    )
    assert [list(column) for column in columns] == [[]] * 6
    assert (found.artifact, found.count, found.applied) == ("x", 0, 0)


def test_the_generation_is_told_where_it_is_not_the_artifact() -> None:
    for told in (None, "x+int8"):
        listed = Ranking(results=NEIGHBORS, artifact="x", generation=told, count=7, applied=9)
        assert unpack_columns(pack_columns(listed), captioned=False).generation == told
        assert ("generation" in listed.model_dump(mode="json")) is (told is not None)
