"""`views`, `weights` and `band` as texts; the pool that picks come from."""

import pytest

from diversity_contracts.problems import InvalidParameter
from diversity_gateway.parameters import parse_band, parse_views, parse_weights, pool_size
from diversity_gateway.ranking import Band

BOTH = ["drml", "caption"]


def test_views() -> None:
    assert parse_views(None, BOTH) == BOTH
    assert parse_views("caption,drml", BOTH) == BOTH
    assert parse_views("caption", BOTH) == ["caption"]


@pytest.mark.parametrize("text", ["", "nope", "drml,nope", "drml,", "DRML"])
def test_views_refused(text: str) -> None:
    with pytest.raises(InvalidParameter):
        parse_views(text, BOTH)


def test_weights() -> None:
    assert parse_weights(None, BOTH) == {"drml": 1.0, "caption": 1.0}
    assert parse_weights("caption:.25, drml:0.75", BOTH) == {"drml": 0.75, "caption": 0.25}
    assert parse_weights("drml:2", BOTH) == {"drml": 2.0, "caption": 0.0}


@pytest.mark.parametrize(
    "text", ["", "drml", "drml:-1", "drml:nan", "drml:0", "drml:1,drml:1", "nope:1", "drml:1e3", "drml:1,"]
)
def test_weights_refused(text: str) -> None:
    with pytest.raises(InvalidParameter):
        parse_weights(text, BOTH)


def test_band() -> None:
    assert parse_band(None) is None
    assert parse_band("0.80-0.95") == Band(0.80, 0.95)
    assert parse_band("0-1") == Band(0.0, 1.0)
    assert parse_band(".5-.5") == Band(0.5, 0.5)


@pytest.mark.parametrize("text", ["", "0.9", "0.9-0.8", "-0.1-0.5", "0.5-1.1", "0.5--0.7", "nan-1", "a-b"])
def test_band_refused(text: str) -> None:
    with pytest.raises(InvalidParameter):
        parse_band(text)


@pytest.mark.parametrize(
    ("given", "listed", "size", "pool"),
    [(None, 5, 100, 50), (None, 5, 10_000, 500), (None, 5, 1_000_000, 1_000), (None, 100, 30_000, 1_000),
     (60, 5, 10_000, 60), (50, 5, 1_000_000, 50)],
)  # fmt: skip
def test_the_pool_is_a_twentieth_within_bounds(given: int | None, listed: int, size: int, pool: int) -> None:
    assert pool_size(given, listed, size) == pool


def test_a_pool_below_ten_a_pick_is_refused() -> None:
    with pytest.raises(InvalidParameter, match="at least 10·`n`: 60"):
        pool_size(59, 6, 100)
