"""Queries that came at the same moment: lists are found in one search, pictures encoded in one call."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from diversity_contracts import wire
from diversity_contracts.problems import ProblemError
from diversity_view.answering import Item
from diversity_view.together import each, in_turn, parsed
from drml_service.engine import Engine
from drml_service.search import End

Answers = Iterator[tuple[int, wire.Wire | ProblemError]]


class Wanted(NamedTuple):
    """What is wanted of a query's list."""

    n: int
    end: End
    representation: bool


def ranked(engine: Engine, items: Sequence[Item[Wanted]]) -> Answers:
    """Each item's list, or why it has none; those that want the same are one search."""
    asked, refused = parsed(items)
    yield from refused.items()
    for group, pictures in in_turn(asked):
        if len(pictures) > 1:
            engine.foresee(pictures)
        for wanted in dict.fromkeys(items[place].options for place in group):
            alike = [place for place in group if items[place].options == wanted]
            queries = [group[place] for place in alike]
            n, end, representation = wanted
            yield from zip(
                alike, engine.rank_many(queries, n, end, representation=representation), strict=True
            )


def embedded(engine: Engine, items: Sequence[Item[None]]) -> Answers:
    """Each item's embedding, or why it has none."""
    return each(items, lambda _, pictures: engine.foresee(pictures), lambda _, query: engine.embed(query))
