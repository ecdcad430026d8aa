"""Lists that were asked for at the same moment: their pictures are encoded together."""

from collections.abc import Sequence
from typing import NamedTuple

from caption_service.engine import Engine
from caption_service.search import Bounds, End
from diversity_contracts import wire
from diversity_contracts.problems import ProblemError
from diversity_view.answering import Item
from diversity_view.queries import ByPicture, Query, query_of


class Wanted(NamedTuple):
    """What is wanted of a query's list."""

    n: int
    end: End
    bounds: Bounds
    representation: bool


def ranked(engine: Engine, items: Sequence[Item[Wanted]]) -> list[wire.TextRanking | ProblemError]:
    """Each item's answer, or why it has none."""
    queries = [_query(item) for item in items]
    if len(queries) > 1:
        engine.foresee([query.data for query in queries if isinstance(query, ByPicture)])
    return [
        query if isinstance(query, ProblemError) else _ranked(engine, query, item.options)
        for query, item in zip(queries, items, strict=True)
    ]


def _query(item: Item[Wanted]) -> Query | ProblemError:
    try:
        return query_of(item.body, picture_bytes=item.picture_bytes)
    except ProblemError as error:
        return error


def _ranked(engine: Engine, query: Query, wanted: Wanted) -> wire.TextRanking | ProblemError:
    try:
        return engine.rank(query, wanted.n, wanted.end, wanted.bounds, representation=wanted.representation)
    except ProblemError as error:
        return error
