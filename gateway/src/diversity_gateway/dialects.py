"""How each view words the questions that every view answers: its paths, its replies. Pure.

question                     drml                  caption
the first from an end        /nearest /farthest    /similar /divergent
the numbers of given ids     /distances            /similarities
between given ids            /pairwise             /pairwise
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan

from diversity_contracts.columns import Columns, is_columns, unpack_columns
from diversity_contracts.pairs import Pairs, unpack_pairs
from diversity_contracts.wire import (
    CaptionSource,
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
PROJECTION = "/projection"  # of the DRML view


def read_pairs(raw: bytes) -> PairDistances:
    """The reply to that question, worded alike by every view; raises ValueError too."""
    reply = Pairs.model_validate_json(raw)
    distances = unpack_pairs(reply.distances, len(reply.image_ids))
    return PairDistances(reply.image_ids, distances, _stand(reply))


def _stand(reply: Columns | Ranking | Distances | TextRanking | Similarities | Pairs) -> Stand:
    return Stand(reply.artifact, reply.applied, reply.count, reply.generation)


def _ranking(raw: bytes) -> Said:
    return _by_distance(_columns(raw, captioned=False) or Ranking.model_validate_json(raw))


def _distances(raw: bytes) -> Said:
    return _by_distance(_columns(raw, captioned=False) or Distances.model_validate_json(raw))


def _text_ranking(raw: bytes) -> Said:
    return _by_sentence(_columns(raw, captioned=True) or TextRanking.model_validate_json(raw))


def _similarities(raw: bytes) -> Said:
    return _by_sentence(_columns(raw, captioned=True) or Similarities.model_validate_json(raw))


def _columns(raw: bytes, *, captioned: bool) -> Columns | None:
    """A reply in columns; None for one in objects, which a view may always give."""
    return unpack_columns(raw, captioned=captioned) if is_columns(raw) else None


def _by_distance(reply: Columns | Ranking | Distances) -> Said:
    stand = _stand(reply)
    if not isinstance(reply, Columns):
        return Said([_distance(entry) for entry in reply.results], stand, reply.representation)
    rows = zip(reply.percentiles, reply.values, _known(reply.adjusted), strict=True)
    return Said([_by_row(one, rows) for one in reply.image_ids], stand, reply.representation)


def _by_row(image_id: str | None, rows: Iterator[tuple[float, float, float | None]]) -> ByDistance | None:
    """The next of `rows`; an id that is not held has none."""
    if image_id is None:
        return None
    percentile, distance, adjusted = next(rows)
    return ByDistance(image_id, percentile, distance, adjusted=adjusted)


def _distance(entry: Neighbor | None) -> ByDistance | None:
    if entry is None:
        return None
    return ByDistance(entry.image_id, entry.percentile, entry.distance, adjusted=entry.adjusted)


def _by_sentence(reply: Columns | TextRanking | Similarities) -> Said:
    stand, sentence = _stand(reply), reply.query_caption
    if not isinstance(reply, Columns):
        return Said([_sentence(entry) for entry in reply.results], stand, reply.representation, sentence)
    rows = zip(
        reply.percentiles, reply.values, reply.captions, reply.sources, _known(reply.adjusted), strict=True
    )
    return Said([_by_text(one, rows) for one in reply.image_ids], stand, reply.representation, sentence)


def _by_text(
    image_id: str | None, rows: Iterator[tuple[float, float, str, CaptionSource, float | None]]
) -> BySentence | None:
    if image_id is None:
        return None
    percentile, similarity, caption, source, adjusted = next(rows)
    return BySentence(image_id, percentile, similarity, caption, source, adjusted=adjusted)


def _known(numbers: Sequence[float]) -> list[float | None]:
    """NaN stands for what is not known."""
    return [None if isnan(number) else number for number in numbers]


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
