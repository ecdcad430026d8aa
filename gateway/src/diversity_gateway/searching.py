"""One search: what was asked, found, picked and answered, whichever call it came by."""

import time
from dataclasses import dataclass

import orjson

from diversity_contracts.problems import UnknownId
from diversity_gateway import lookups
from diversity_gateway.answering import Told, compose
from diversity_gateway.cursor import PagePlace, check_state, decode_page, encode_page, fingerprint
from diversity_gateway.histories import SeenPicture, recent_first
from diversity_gateway.kept_answers import KeptAnswers, retimed
from diversity_gateway.parameters import SearchParameters, parse_band, parse_views, parse_weights, pool_size
from diversity_gateway.parts import Parts
from diversity_gateway.picking import Choice, Picked, Picking
from diversity_gateway.questions import Question
from diversity_gateway.ranking import Mode
from diversity_gateway.views import Member, ViewQuery
from diversity_gateway.wishes import Retrieved, Wish


@dataclass(frozen=True, slots=True)
class _Resolved:
    """A question that stands on its own: pictures of the catalogue, not somebody's history.

    `identity` tells two states of one history apart: another one ranks otherwise.
    """

    query: ViewQuery
    told: Told
    identity: str


async def search(parts: Parts, mode: Mode, question: Question, parameters: SearchParameters) -> bytes:
    """The answer to `question`, an `Answer` as JSON. Raises ProblemError."""
    started = time.perf_counter()
    views = parse_views(parameters.views, list(parts.views))
    weights, band = parse_weights(parameters.weights, views), parse_band(parameters.band)
    resolved = await _resolved(parts, question)
    asked = fingerprint(
        mode,
        question.identity,
        orjson.dumps(parameters.model_dump(exclude={"n", "cursor"})),
    )
    place = PagePlace(0, parameters.n)
    if parameters.cursor is not None:
        place = decode_page(parameters.cursor, asked)
    size = (await lookups.state(parts.catalogue)).size if parameters.diversity > 0 else 0
    choice = Choice(
        offset=place.offset,
        count=parameters.n,
        diversity=parameters.diversity,
        pool=pool_size(parameters.candidates_limit, place.listed, size),
        collapse=parameters.near_duplicates == "collapse",
        blanks_last=mode == "divergent" and not parameters.include_blank,
    )
    page = ""
    if parts.kept is not None:
        page = fingerprint(asked, resolved.identity, str(parameters.n), parameters.cursor or "")
        if (kept := await _kept(parts, parts.kept, page, views)) is not None:
            return retimed(kept, _ms_since(started))
    wish = Wish(
        mode=mode,
        wanted=choice.needed,
        weights=weights,
        band=band,
        exclude=question.exclude | frozenset(parameters.exclude) | frozenset(resolved.told.image_ids),
        filter=question.filter,
        listed=place.listed if mode == "divergent" and not parameters.raw else None,
    )
    picked = await Picking(parts.retrieval, parts.views).pick(resolved.query, wish, choice)
    found = picked.found
    _measure(parts, mode, found)
    answer = compose(mode, resolved.told, parameters.n, place.offset, picked, strict=parameters.strict)
    state, judged = _state(found, resolved), _judged(picked)
    if parameters.cursor is not None:
        check_state(parameters.cursor, state, judged)
    following = PagePlace(place.offset + parameters.n, place.listed, judged)
    if len(found.ranked) > following.offset:
        answer["next_cursor"] = encode_page(asked, state, following)
    answer["took_ms"] = _ms_since(started)
    reply = orjson.dumps(answer)
    if parts.kept is not None:
        await parts.kept.keep(page, reply, picked)
    return reply


async def _resolved(parts: Parts, question: Question) -> _Resolved:
    """The query's pictures; of a history those in the catalogue. Raises UnknownId where none is left."""
    query = question.query
    if query is not None:
        if query.image_id is not None:
            await lookups.find(parts.catalogue, query.image_id)
        return _Resolved(query, Told(() if query.image_id is None else (query.image_id,)), "")
    seen = list(question.history)
    if question.user_id is not None:
        seen = recent_first(await parts.histories.read(question.user_id), parts.half_life_days)
        if not seen:
            raise UnknownId(f"There is no history of {question.user_id!r}.")
    there = (await lookups.lookup(parts.catalogue, [one.image_id for one in seen])).entries
    known = [one for one in seen if one.image_id in there]
    missing = [one.image_id for one in seen if one.image_id not in there]
    if not known:
        raise UnknownId("The catalogue has none of the history's pictures.")
    told = Told([one.image_id for one in known], missing)
    identity = orjson.dumps([[one.image_id, one.weight] for one in known]).decode()
    return _Resolved(_history(known), told, identity)


def _history(known: list[SeenPicture]) -> ViewQuery:
    """A history of one picture ranks as that picture does, whatever its weight."""
    if len(known) == 1:
        return ViewQuery(image_id=known[0].image_id)
    members = (Member(ViewQuery(image_id=one.image_id), one.weight) for one in known)
    return ViewQuery(history=tuple(members))


async def _kept(parts: Parts, kept: KeptAnswers, page: str, views: list[str]) -> bytes | None:
    reply, outcome = await kept.find(page, views)
    parts.metrics.kept.labels(outcome).inc()
    return reply


def _ms_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)


def _state(found: Retrieved, resolved: _Resolved) -> list[object]:
    """What a ranking depends on beside what was asked."""
    stands = {
        name: [account.stand.generation, account.stand.applied, account.status == "ok"]
        for name, account in found.accounts.items()
        if account.stand is not None and name in found.measured
    }
    return [found.snapshot.version, sorted(stands.items()), resolved.identity]


def _judged(picked: Picked) -> str:
    """The same of the view that told near-duplicates apart without being asked to rank."""
    if picked.missing:
        return "missing"
    return "" if picked.judged is None else fingerprint(picked.judged.generation, str(picked.judged.applied))


def _measure(parts: Parts, mode: Mode, found: Retrieved) -> None:
    for name, account in found.accounts.items():
        parts.metrics.view_seconds.labels(name, account.status).observe(account.took_ms / 1000)
    if not found.exact:
        parts.metrics.inexact.labels(mode).inc()
