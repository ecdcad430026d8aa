"""Contents made lately: found again by their bytes, made in one call, no more of them than there is room."""

from collections.abc import Sequence

import pytest

from diversity_contracts.pictures import content_hash
from diversity_contracts.problems import NotAPicture, ProblemError
from diversity_view.contents import OVERHEAD, Contents


class Encoding:
    """A content is the picture's length; `bad` is refused. `calls` holds what was asked of it."""

    def __init__(self) -> None:
        self.calls: list[list[bytes]] = []

    def __call__(self, pictures: Sequence[bytes]) -> list[int | ProblemError]:
        self.calls.append(list(pictures))
        return [NotAPicture("no") if data == b"bad" else len(data) for data in pictures]


def contents(encoding: Encoding, stored: dict[str, int] | None = None, room: int = 1_000) -> Contents[int]:
    return Contents(encoding, (stored or {}).get, size=lambda _: 100, limit=room * (100 + OVERHEAD))


def test_new_ones_are_made_in_one_call_each_once() -> None:
    encoding = Encoding()
    kept = contents(encoding, {content_hash(b"stored"): 77})
    assert kept.of([b"a", b"stored", b"bb", b"a"]) == [1, 77, 2, 1]
    assert kept.of([b"bb", b"ccc", b"a"]) == [2, 3, 1]
    assert encoding.calls == [[b"a", b"bb"], [b"ccc"]]
    assert kept.of([]) == []
    assert len(encoding.calls) == 2


def test_a_refusal_is_each_pictures_own_and_is_not_kept() -> None:
    encoding = Encoding()
    kept = contents(encoding)
    first, second = kept.of([b"bad", b"good"])
    assert isinstance(first, NotAPicture)
    assert second == 4
    with pytest.raises(NotAPicture):
        kept.one(b"bad")
    assert kept.one(b"good") == 4
    assert encoding.calls == [[b"bad", b"good"], [b"bad"]]


def test_the_least_recently_used_go() -> None:
    encoding = Encoding()
    kept = contents(encoding, room=2)
    kept.of([b"a", b"b"])
    kept.one(b"a")
    kept.one(b"c")
    assert kept.held == 2 * (100 + OVERHEAD)
    encoding.calls.clear()
    kept.of([b"a", b"c", b"b"])
    assert encoding.calls == [[b"b"]]
