"""Queries of one kind that are worked on together: which of them need no encoding, and so need not wait."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from diversity_contracts.problems import ProblemError
from diversity_view.answering import Item
from diversity_view.queries import ByPicture, Query, query_of

Answer = TypeVar("Answer")
Asked = Mapping[int, Query]


def parsed(items: Sequence[Item[Any]]) -> tuple[dict[int, Query], dict[int, ProblemError]]:
    """By place the query of each item, and why it is none of those that are none."""
    asked, refused = dict[int, Query](), dict[int, ProblemError]()
    for place, item in enumerate(items):
        try:
            asked[place] = query_of(item.body, picture_bytes=item.picture_bytes)
        except ProblemError as error:
            refused[place] = error
    return asked, refused


def in_turn(asked: Asked) -> Iterator[tuple[Asked, list[bytes]]]:
    """The queries without a picture, then those with one, and the pictures; no empty group."""
    with_picture = {place: query for place, query in asked.items() if isinstance(query, ByPicture)}
    without = {place: query for place, query in asked.items() if place not in with_picture}
    if without:
        yield without, []
    if with_picture:
        yield with_picture, [query.data for query in with_picture.values()]


def each(
    items: Sequence[Item[Any]],
    foresee: Callable[[Sequence[int], Sequence[bytes]], None],
    answer: Callable[[int, Query], Answer],
) -> Iterator[tuple[int, Answer | ProblemError]]:
    """Every item's answer as it is found, after the pictures were shown to `foresee` in one call.

    Args:
        foresee: given the places of items and their pictures.
        answer: to the query at a place; a ProblemError is that item's own.
    """
    asked, refused = parsed(items)
    yield from refused.items()
    for group, pictures in in_turn(asked):
        if len(pictures) > 1:
            foresee(list(group), pictures)
        for place, query in group.items():
            yield place, _told(answer, place, query)


def _told(answer: Callable[[int, Query], Answer], place: int, query: Query) -> Answer | ProblemError:
    try:
        return answer(place, query)
    except ProblemError as error:
        return error
