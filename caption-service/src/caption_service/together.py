"""Queries that came at the same moment: their pictures are encoded together."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from caption_service.engine import Engine
from caption_service.search import Bounds, End
from diversity_contracts import wire
from diversity_contracts.problems import ProblemError
from diversity_view.answering import Item
from diversity_view.queries import Query
from diversity_view.together import each

Answers = Iterator[tuple[int, wire.Wire | ProblemError]]


class Wanted(NamedTuple):
    """What is wanted of a query's list."""

    n: int
    end: End
    bounds: Bounds
    representation: bool


def ranked(engine: Engine, items: Sequence[Item[Wanted]]) -> Answers:
    """Each item's list, or why it has none."""

    def answer(place: int, query: Query) -> wire.TextRanking:
        n, end, bounds, representation = items[place].options
        return engine.rank(query, n, end, bounds, representation=representation)

    return each(items, lambda _, pictures: engine.foresee(pictures), answer)


def captioned(engine: Engine, items: Sequence[Item[int | None]]) -> Answers:
    """Each item's sentence, written by a beam of its own width, or why it has none."""

    def foresee(places: Sequence[int], pictures: Sequence[bytes]) -> None:
        for width in dict.fromkeys(items[place].options for place in places):
            pairs = zip(places, pictures, strict=True)
            engine.foresee([data for place, data in pairs if items[place].options == width], width)

    return each(items, foresee, lambda place, query: engine.caption(query, items[place].options))
