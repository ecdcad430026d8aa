"""Lists that were asked for at the same moment, found together."""

from collections.abc import Sequence
from typing import NamedTuple

from diversity_contracts import wire
from diversity_contracts.problems import ProblemError
from diversity_view.answering import Item
from diversity_view.queries import Query, query_of
from drml_service.engine import Engine
from drml_service.search import End


class Wanted(NamedTuple):
    """What is wanted of a query's list."""

    n: int
    end: End
    representation: bool


def ranked(engine: Engine, items: Sequence[Item[Wanted]]) -> list[wire.Ranking | ProblemError]:
    """Each item's answer, or why it has none; those that want the same are one search."""
    queries = [_query(item) for item in items]
    answers = dict[int, wire.Ranking | ProblemError]()
    for wanted in dict.fromkeys(item.options for item in items):
        alike = dict[int, Query]()
        for place, query in enumerate(queries):
            if isinstance(query, ProblemError):
                answers[place] = query
            elif items[place].options == wanted:
                alike[place] = query
        found = engine.rank_many(
            list(alike.values()), wanted.n, wanted.end, representation=wanted.representation
        )
        answers.update(zip(alike, found, strict=True))
    return [answers[place] for place in range(len(items))]


def _query(item: Item[Wanted]) -> Query | ProblemError:
    try:
        return query_of(item.body, picture_bytes=item.picture_bytes)
    except ProblemError as error:
        return error
