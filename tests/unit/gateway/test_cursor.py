"""Cursors: bound to their query and to the state, refused when they are anything else."""

import base64

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diversity_contracts.problems import InvalidParameter, StaleCursor
from diversity_gateway.cursor import (
    PagePlace,
    check_state,
    decode_after,
    decode_page,
    encode_after,
    encode_page,
    fingerprint,
)

STATE: list[object] = [7, [["drml", ["artifact-1", 7]]]]


def test_round_trip() -> None:
    cursor = encode_page("query", STATE, PagePlace(25, 5))
    assert decode_page(cursor, "query") == PagePlace(25, 5)
    check_state(cursor, STATE)


def test_another_query_is_refused() -> None:
    with pytest.raises(InvalidParameter, match="another query"):
        decode_page(encode_page("query", STATE, PagePlace(5, 5)), "other")


@pytest.mark.parametrize(
    "state", [[8, [["drml", ["artifact-1", 7]]]], [7, [["drml", ["artifact-2", 7]]]], [7, []]]
)
def test_another_state_is_stale(state: list[object]) -> None:
    with pytest.raises(StaleCursor):
        check_state(encode_page("query", STATE, PagePlace(5, 5)), state)


@given(st.text(max_size=60) | st.binary(max_size=40).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidParameter):
        decode_page(text, "query")


@pytest.mark.parametrize("offset", [0, -1, "5", 2.0, None])
def test_an_offset_that_was_never_given_is_refused(offset: object) -> None:
    forged = base64.urlsafe_b64encode(orjson.dumps(["query", "state", offset, 5])).decode().rstrip("=")
    with pytest.raises(InvalidParameter):
        decode_page(forged, "query")


def test_a_huge_cursor_is_not_even_decoded() -> None:
    with pytest.raises(InvalidParameter):
        decode_after("A" * 5_000)


@given(st.text(min_size=1, max_size=80).filter(lambda text: text.isprintable()))
def test_catalogue_cursors_carry_any_id(image_id: str) -> None:
    assert decode_after(encode_after(image_id)) == image_id


def test_pieces_do_not_run_together() -> None:
    assert fingerprint("ab", "c") != fingerprint("a", "bc")
    assert fingerprint("ab") == fingerprint(b"ab")
