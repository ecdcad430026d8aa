"""How each view words the questions that every view answers: its paths, its replies. Pure.

question                     drml                  caption
the first from an end        /nearest /farthest    /similar /divergent
the numbers of given ids     /distances            /similarities
between given ids            /pairwise             /pairwise
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from diversity_contracts.columns import Columns, is_columns, unpack_columns
from diversity_contracts.pairs import Pairs, unpack_pairs
from diversity_contracts.wire import (
    Distances,
    Neighbor,
    Ranking,
    Similarities,
    TextNeighbor,
    TextRanking,
    ViewName,
)
from diversity_gateway.measured import ByDistance, BySentence, Measured, Numbers
from diversity_gateway.ranking import Mode
from diversity_gateway.views import PairDistances, Stand


@dataclass(frozen=True, slots=True)
class Said:
    """A reply in neutral words; of ids that were asked for, those that the index holds."""

    numbers: Numbers
    stand: Stand
    representation: str | None
    sentence: str | None = None


@dataclass(frozen=True, slots=True)
class Dialect:
    """One view's wording. The readers raise pydantic's ValidationError on what is not the contract's."""

    name: ViewName
    ends: Mapping[Mode, str]
    measure: str
    read_ends: Callable[[bytes], Said]
    read_measures: Callable[[bytes], Said]


PAIRWISE = "/pairwise"
PROJECTION = "/projection"  # of the DRML view


def read_pairs(raw: bytes) -> PairDistances:
    """The reply to that question, worded alike by every view; raises ValueError too."""
    reply = Pairs.model_validate_json(raw)
    distances = unpack_pairs(reply.distances, len(reply.image_ids))
    return PairDistances(reply.image_ids, distances, _stand(reply))


def _stand(reply: Columns | Ranking | Distances | TextRanking | Similarities | Pairs) -> Stand:
    return Stand(reply.artifact, reply.applied, reply.count, reply.generation)


def _ranking(raw: bytes) -> Said:
    return _said(_columns(raw, captioned=False) or Ranking.model_validate_json(raw))


def _distances(raw: bytes) -> Said:
    return _said(_columns(raw, captioned=False) or Distances.model_validate_json(raw))


def _text_ranking(raw: bytes) -> Said:
    return _said(_columns(raw, captioned=True) or TextRanking.model_validate_json(raw))


def _similarities(raw: bytes) -> Said:
    return _said(_columns(raw, captioned=True) or Similarities.model_validate_json(raw))


def _columns(raw: bytes, *, captioned: bool) -> Columns | None:
    """A reply in columns; None for one in objects, which a view may always give."""
    return unpack_columns(raw, captioned=captioned) if is_columns(raw) else None


def _said(reply: Columns | Ranking | Distances | TextRanking | Similarities) -> Said:
    """A reply that lists a picture twice, which no view should, counts as its latter word."""
    numbers = _of_columns(reply) if isinstance(reply, Columns) else Numbers.of(_of_objects(reply))
    if len(numbers.rows) < len(numbers.image_ids):
        numbers = numbers.take(list(numbers.rows.values()))
    sentence = getattr(reply, "query_caption", None)
    return Said(numbers, _stand(reply), reply.representation, sentence)


def _of_columns(reply: Columns) -> Numbers:
    captioned = reply.query_caption is not None
    return Numbers(
        reply.held,
        reply.percentiles,
        reply.values,
        reply.adjusted,
        reply.captions if captioned else None,
        reply.sources if captioned else None,
    )


def _of_objects(reply: Ranking | Distances | TextRanking | Similarities) -> Iterator[Measured]:
    entries: Sequence[Neighbor | TextNeighbor | None] = reply.results
    for entry in entries:
        if isinstance(entry, Neighbor):
            yield ByDistance(entry.image_id, entry.percentile, entry.distance, adjusted=entry.adjusted)
        elif entry is not None:
            yield BySentence(
                entry.image_id,
                entry.percentile,
                entry.similarity,
                entry.caption,
                entry.caption_source,
                adjusted=entry.adjusted,
            )


DRML = Dialect("drml", {"divergent": "/farthest", "similar": "/nearest"}, "/distances", _ranking, _distances)
CAPTION = Dialect(
    "caption",
    {"divergent": "/divergent", "similar": "/similar"},
    "/similarities",
    _text_ranking,
    _similarities,
)
