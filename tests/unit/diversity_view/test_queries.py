"""Bodies to queries, and what is said of the wrong ones."""

import base64
import json

import pytest

from diversity_contracts.bodies import Body, FormBody, JsonBody, Part, PictureBody
from diversity_contracts.problems import InvalidParameter, MalformedRequest, ProblemError, TooLarge
from diversity_contracts.wire import DistancesQuery
from diversity_view import queries
from diversity_view.queries import ById, ByPicture, ByRepresentation, Query

IMAGE = Part("image", "x.png", b"bytes")


def query(body: Body) -> Query:
    return queries.query_of(body, picture_bytes=10)


def form(*parts: Part) -> FormBody:
    return FormBody(parts)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (PictureBody(b"bytes"), ByPicture(b"bytes")),
        (form(IMAGE), ByPicture(b"bytes")),
        (JsonBody({"image_id": "a/b"}), ById("a/b")),
        (JsonBody({"representation": "AAAA"}), ByRepresentation("AAAA")),
        (JsonBody({"image_base64": base64.b64encode(b"bytes").decode()}), ByPicture(b"bytes")),
        (JsonBody({"image_id": None, "representation": "AAAA"}), ByRepresentation("AAAA")),
    ],
)
def test_every_form(body: Body, expected: Query) -> None:
    assert query(body) == expected


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        (JsonBody({}), InvalidParameter, "exactly one"),
        (JsonBody({"image_id": "a", "representation": "AAAA"}), InvalidParameter, "exactly one"),
        (JsonBody({"image_id": 3}), InvalidParameter, "body.image_id"),
        (JsonBody({"image_id": ""}), InvalidParameter, "body.image_id"),
        (JsonBody({"image_id": "a\x00"}), InvalidParameter, "control characters"),
        (JsonBody({"imageid": "a"}), InvalidParameter, "body.imageid"),
        (JsonBody({"image_base64": "%%%"}), InvalidParameter, "base64"),
        (JsonBody({"image_base64": "QUFB" * 9}), TooLarge, "more than 10"),
        (form(), InvalidParameter, "0 parts `image`"),
        (form(IMAGE, IMAGE), InvalidParameter, "2 parts `image`"),
        (form(IMAGE, Part("extra", None, b"")), InvalidParameter, "'extra' is not a part"),
    ],
)
def test_what_is_no_query(body: Body, kind: type[ProblemError], said: str) -> None:
    with pytest.raises(kind) as caught:
        query(body)
    assert said in caught.value.detail


def measured(body: Body, *ids: str, **options: object) -> tuple[Query, list[str], bool]:
    query, asked = queries.listing_of(DistancesQuery, body, image_ids=ids, options=options, picture_bytes=10)
    return query, asked.image_ids, asked.pairwise


def test_ids_beside_every_form() -> None:
    assert measured(PictureBody(b"bytes"), "a", "b", pairwise=True) == (ByPicture(b"bytes"), ["a", "b"], True)
    listed = Part("image_ids", None, json.dumps(["c", "é"]).encode())
    assert measured(form(IMAGE, listed), "a")[1:] == (["a", "c", "é"], False)
    assert measured(form(IMAGE))[1] == []
    asked = JsonBody({"image_id": "q", "image_ids": ["a"], "pairwise": True})
    assert measured(asked) == (ById("q"), ["a"], True)


def test_json_carries_all_of_it_itself() -> None:
    with pytest.raises(InvalidParameter, match="carries `image_ids` and `pairwise` itself"):
        measured(JsonBody({"image_id": "q", "image_ids": ["a"]}), pairwise=True)


@pytest.mark.parametrize(
    ("body", "ids"),
    [
        (JsonBody({"image_id": "q"}), ()),
        (JsonBody({"image_id": "q", "image_ids": ["a"]}), ("b",)),
        (JsonBody({"image_id": "q", "image_ids": "a"}), ()),
        (JsonBody({"image_id": "q", "image_ids": ["a"] * 100_001}), ()),
        (form(IMAGE, Part("image_ids", None, b"{}")), ()),
        (form(IMAGE, Part("image_ids", None, b"[1]")), ()),
        (form(IMAGE, Part("image_ids", None, b"[" * 100_000)), ()),
        (PictureBody(b"bytes"), ("",)),
    ],
)
def test_ids_that_are_none(body: Body, ids: tuple[str, ...]) -> None:
    with pytest.raises(InvalidParameter):
        measured(body, *ids)


def changes_part(**over: object) -> Part:
    batch = {"catalogue_id": "c", "after": 0, "upto": 1, "changes": [], **over}
    return Part("changes", None, json.dumps(batch).encode())


def test_a_batch_with_its_pictures() -> None:
    batch, pictures = queries.batch_of(
        form(changes_part(), Part("picture", "h1", b"1"), Part("picture", "h2", b"2"))
    )
    assert batch.upto == 1
    assert pictures == {"h1": b"1", "h2": b"2"}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (JsonBody({}), MalformedRequest),
        (PictureBody(b"x"), MalformedRequest),
        (form(), InvalidParameter),
        (form(Part("changes", None, b"{")), InvalidParameter),
        (form(changes_part(after=-1)), InvalidParameter),
        (form(changes_part(), Part("picture", None, b"1")), InvalidParameter),
        (form(changes_part(), Part("picture", "h", b"1"), Part("picture", "h", b"2")), InvalidParameter),
        (form(changes_part(), Part("pictures", "h", b"1")), InvalidParameter),
    ],
)
def test_what_is_no_batch(body: Body, kind: type[ProblemError]) -> None:
    with pytest.raises(kind):
        queries.batch_of(body)


def test_a_long_list_of_mistakes_is_cut() -> None:
    with pytest.raises(InvalidParameter) as caught:
        measured(JsonBody({"image_id": "q", "image_ids": [""] * 1_000}))
    assert caught.value.errors is not None
    assert len(caught.value.errors) == queries.MAX_LISTED_ERRORS
