"""A retrieved ranking as the public answer. Pure."""

from urllib.parse import quote

from diversity_contracts.problems import NotReady
from diversity_gateway.answers import Answer, DrmlNumbers, Image, Query, Result, ResultViews, ViewAccount
from diversity_gateway.entries import Entry
from diversity_gateway.ranking import Mode, Ranked
from diversity_gateway.wishes import Account, Retrieved


def image_url(image_id: str) -> str:
    """Where a picture's bytes are, relative to the service."""
    return f"/images/{quote(image_id, safe='')}/content"


def compose(
    mode: Mode, query_id: str | None, n: int, offset: int, found: Retrieved, *, strict: bool
) -> Answer:
    """The page of `found` that starts after `offset`; `next_cursor` and `took_ms` are left to the caller.

    Raises NotReady with `strict` when a view is missing.
    """
    degraded = [name for name, account in found.accounts.items() if account.status != "ok"]
    if strict and degraded:
        raise NotReady(f"A view does not answer: {', '.join(degraded)}.", retry_after_s=2)
    page = found.ranked[offset : offset + n]
    return Answer(
        mode=mode,
        n=n,
        query=Query(image_ids=[] if query_id is None else [query_id]),
        results=[_result(offset + place, ranked, found) for place, ranked in enumerate(page, start=1)],
        views={name: _account(account) for name, account in found.accounts.items()},
        degraded=degraded,
        exact=found.exact,
        catalogue_size=found.snapshot.size,
        next_cursor=None,
        took_ms=0.0,
    )


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
    )


def _result(rank: int, ranked: Ranked, found: Retrieved) -> Result:
    entry = found.snapshot.entries[ranked.image_id]
    measured = found.measured.get("drml", {}).get(ranked.image_id)
    return Result(
        rank=rank,
        image_id=ranked.image_id,
        divergence=ranked.divergence,
        similarity=1 - ranked.divergence,
        caption=entry.captions[0] if entry.captions else None,
        caption_source="human" if entry.captions else None,
        metadata=dict(entry.metadata),
        image_url=image_url(ranked.image_id),
        views=ResultViews(
            drml=None
            if measured is None
            else DrmlNumbers(distance=measured.distance, percentile=measured.percentile)
        ),
    )


def _account(account: Account) -> ViewAccount:
    return ViewAccount.model_validate(
        {
            "status": account.status,
            "artifact": None if account.stand is None else account.stand.artifact,
            "took_ms": round(account.took_ms, 3),
        }
    )
