"""Which picture a path means, from the bytes sent."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diversity_contracts.problems import InvalidParameter
from diversity_gateway.image_path import decode_segment, single_segment


@pytest.mark.parametrize(
    ("raw", "routed"),
    [
        (b"/images/trout", "/images/trout"),
        (b"/images/fish%2Ftrout", "/images/fish%2Ftrout"),
        (b"/images/fish/trout", "/images/fish%2Ftrout"),
        (b"/images/fish/trout/content", "/images/fish%2Ftrout/content"),
        (b"/images/a%2Fcontent", "/images/a%2Fcontent"),
        (b"/images/a%2Fcontent/content", "/images/a%2Fcontent/content"),
        (b"/images/content", "/images/content"),
        (b"/images/content/content", "/images/content/content"),
        (b"/images//content", "/images/%2Fcontent"),
        (b"/images/../../etc/passwd", "/images/..%2F..%2Fetc%2Fpasswd"),
        (b"/images/", None),
        (b"/images", None),
        (b"/stats", None),
        (b"/images/\xff", None),
    ],
)
def test_one_segment_an_id(raw: bytes, routed: str | None) -> None:
    assert single_segment(raw) == routed


@given(st.text(min_size=1, max_size=40).filter(lambda text: text.isprintable()))
def test_every_id_comes_back(image_id: str) -> None:
    if len(image_id.encode()) > 256:
        return
    raw = f"/images/{quote(image_id, safe='')}".encode()
    routed = single_segment(raw + b"/content")
    assert routed is not None
    assert decode_segment(routed.removeprefix("/images/").removesuffix("/content")) == image_id


@pytest.mark.parametrize("segment", ["%00", "a%0Ab", "%ff", "%C3", "x" * 257, "", "%7f", "%C2%85"])
def test_what_is_no_id_is_refused(segment: str) -> None:
    with pytest.raises(InvalidParameter):
        decode_segment(segment)
