"""How each view words the questions that every view answers: its paths, its replies. Pure.

question                     drml                  caption
the first from an end        /nearest /farthest    /similar /divergent
the numbers of given ids     /distances            /similarities
between given ids            /pairwise             /pairwise
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

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
from diversity_gateway.ranking import Mode
from diversity_gateway.views import ByDistance, BySentence, Measured, PairDistances, Stand


@dataclass(frozen=True, slots=True)
class Said:
    """A reply in neutral words; None among `entries` stands for an id that the index does not hold."""

    entries: Sequence[Measured | None]
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


def read_pairs(raw: bytes) -> PairDistances:
    """The reply to that question, worded alike by every view; raises ValueError too."""
    reply = Pairs.model_validate_json(raw)
    distances = unpack_pairs(reply.distances, len(reply.image_ids))
    return PairDistances(reply.image_ids, distances, Stand(reply.artifact, reply.applied, reply.count))


def _ranking(raw: bytes) -> Said:
    return _by_distance(Ranking.model_validate_json(raw))


def _distances(raw: bytes) -> Said:
    return _by_distance(Distances.model_validate_json(raw))


def _by_distance(reply: Ranking | Distances) -> Said:
    stand = Stand(reply.artifact, reply.applied, reply.count)
    return Said([_distance(entry) for entry in reply.results], stand, reply.representation)


def _distance(entry: Neighbor | None) -> ByDistance | None:
    if entry is None:
        return None
    return ByDistance(entry.image_id, entry.percentile, entry.distance, adjusted=entry.adjusted)


def _text_ranking(raw: bytes) -> Said:
    return _by_sentence(TextRanking.model_validate_json(raw))


def _similarities(raw: bytes) -> Said:
    return _by_sentence(Similarities.model_validate_json(raw))


def _by_sentence(reply: TextRanking | Similarities) -> Said:
    stand = Stand(reply.artifact, reply.applied, reply.count)
    return Said(
        [_sentence(entry) for entry in reply.results], stand, reply.representation, reply.query_caption
    )


def _sentence(entry: TextNeighbor | None) -> BySentence | None:
    if entry is None:
        return None
    return BySentence(
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
