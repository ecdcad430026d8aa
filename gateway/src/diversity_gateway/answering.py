"""A retrieved ranking as the public answer: an `Answer`, in the plain values that become its JSON. Pure.

The values are checked where they come in; as models they would be checked again, for 0.2 ms of processor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeGuard
from urllib.parse import quote

from diversity_contracts.problems import NotReady
from diversity_gateway.answers import Image
from diversity_gateway.entries import Entry
from diversity_gateway.explanation import explain
from diversity_gateway.measured import ByDistance, BySentence, Measured
from diversity_gateway.picking import Picked
from diversity_gateway.ranking import Mode, Ranked, agreement
from diversity_gateway.wishes import Account, Retrieved

Plain = dict[str, object]


def image_url(image_id: str) -> str:
    """Where a picture's bytes are, relative to the service."""
    return f"/images/{quote(image_id, safe='')}/content"


@dataclass(frozen=True, slots=True)
class Told:
    """The pictures that a query consists of, and those of a history that the catalogue does not have; None
    without one."""

    image_ids: Sequence[str]
    missing: Sequence[str] | None = None


def compose(mode: Mode, told: Told, n: int, offset: int, picked: Picked, *, strict: bool) -> Plain:
    """The page of `picked` that starts after `offset`; `next_cursor` and `took_ms` are left to the caller.

    Raises NotReady with `strict` when a view is missing.
    """
    found = picked.found
    degraded = [name for name, account in found.accounts.items() if account.status != "ok"]
    degraded += picked.missing
    if strict and degraded:
        raise NotReady(f"A view does not answer: {', '.join(degraded)}.", retry_after_s=2)
    sentence = _sentence(found)
    query: Plain = {"caption": sentence, "image_ids": told.image_ids}
    if told.missing is not None:
        query["missing"] = told.missing
    page = found.ranked[offset : offset + n]
    return {
        "mode": mode,
        "n": n,
        "query": query,
        "results": [
            _result(offset + place, ranked, picked, sentence) for place, ranked in enumerate(page, start=1)
        ],
        "views": {name: _account(account) for name, account in found.accounts.items()},
        "degraded": degraded,
        "exact": found.exact,
        "catalogue_size": found.snapshot.size,
        "next_cursor": None,
        "took_ms": 0.0,
    }


def describe(entry: Entry) -> Image:
    """A catalogue entry as callers see it; raises UnknownId for a tombstone."""
    picture = entry.present
    return Image(
        image_id=entry.image_id,
        content_hash=picture.content_hash,
        media_type=picture.media_type,
        width=picture.width,
        height=picture.height,
        bytes=picture.bytes,
        captions=list(entry.captions),
        metadata=dict(entry.metadata),
        created=entry.created,
        updated=entry.updated,
        image_url=image_url(entry.image_id),
        blank=entry.appearance is not None and entry.appearance.blank,
    )


def _result(rank: int, ranked: Ranked, picked: Picked, sentence: str | None) -> Plain:
    found = picked.found
    entry = found.snapshot.entries[ranked.image_id]
    measured = {name: numbers.get(ranked.image_id) for name, numbers in found.measured.items()}
    generated = next((seen.caption for seen in measured.values() if _is_generated(seen)), None)
    captions = entry.captions or (() if generated is None else (generated,))
    result: Plain = {
        "rank": rank,
        "image_id": ranked.image_id,
        "divergence": ranked.divergence,
        "similarity": 1 - ranked.divergence,
        "adjusted": ranked.adjusted,
        "caption": captions[0] if captions else None,
        "caption_source": "human" if entry.captions else "generated" if captions else None,
        "metadata": entry.metadata,
        "image_url": image_url(ranked.image_id),
        # An entry for each view asked for, and none for the others.
        "views": {name: _numbers(measured.get(name)) for name in found.accounts},
        "agreement": agreement(ranked.percentiles),
    }
    if ranked.adjusted is None:
        del result["adjusted"]
    if twins := picked.twins.get(ranked.image_id):
        result["duplicates"] = twins
    result["explanation"] = _words(sentence, captions)
    return result


def _is_generated(seen: Measured | None) -> TypeGuard[BySentence]:
    return isinstance(seen, BySentence) and seen.caption_source == "generated"


def _sentence(found: Retrieved) -> str | None:
    """The query's sentence, from whichever view ranked and gave one."""
    sentences = (account.sentence for name, account in found.accounts.items() if name in found.measured)
    return next((sentence for sentence in sentences if sentence is not None), None)


def _words(sentence: str | None, captions: Sequence[str]) -> Plain | None:
    if sentence is None or not captions:
        return None
    words = explain(sentence, captions)
    return {
        "only_in_query": words.only_in_query,
        "only_in_result": words.only_in_result,
        "shared": words.shared,
    }


def _numbers(seen: Measured | None) -> Plain | None:
    if isinstance(seen, ByDistance):
        return {"distance": seen.distance, "percentile": seen.percentile}
    if isinstance(seen, BySentence):
        return {"similarity": seen.similarity, "percentile": seen.percentile}
    return None


def _account(account: Account) -> Plain:
    return {
        "status": account.status,
        "artifact": None if account.stand is None else account.stand.artifact,
        "took_ms": round(account.took_ms, 3),
    }
