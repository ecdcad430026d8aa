"""Answers kept to be given again: the same question, page, catalogue and generations give the same answer.

Kept are exact answers of every view asked for. A partial answer is the best of a bad moment, and an inexact
one would outlive the change it was caught in. What told near-duplicates apart is kept beside an answer, as it
need not be among the views that rank. What is kept are the reply's own bytes, so giving them again
takes neither a model nor a serialiser.
"""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Literal

import orjson

from diversity_gateway import lookups
from diversity_gateway.byte_store import ByteStore
from diversity_gateway.catalogue import Catalogue
from diversity_gateway.cursor import fingerprint
from diversity_gateway.last_words import LastWords
from diversity_gateway.picking import Picked
from diversity_gateway.twins import JUDGE

Outcome = Literal["hit", "miss", "unsure"]
_FORMAT = b"answer 4"  # another one for every change of what an answer says
_DIGEST = 16
_END = b"\n"  # in no key, and in no generation's name
_TOOK = b'"took_ms":'  # the last field of an answer, the one that is told anew


def retimed(reply: bytes, took_ms: float) -> bytes:
    """A reply with another time in the gateway."""
    return reply[: reply.rindex(_TOOK) + len(_TOOK)] + orjson.dumps(took_ms) + b"}"


class KeptAnswers:
    """Over one store, which gateways with one catalogue may share."""

    def __init__(self, store: ByteStore, catalogue: Catalogue, words: LastWords) -> None:
        self._store, self._catalogue, self._words = store, catalogue, words

    async def find(self, question: str, views: Iterable[str]) -> tuple[bytes | None, Outcome]:
        """The reply to `question` (a fingerprint of everything asked), its `took_ms` that of the first time.

        `unsure`: a view did not say in time what it serves, so nothing can be said in its name.
        """
        generations = await self._words.generations(views)
        if generations is None:
            return None, "unsure"
        version = (await lookups.state(self._catalogue)).version
        key = self._key(question, version, generations)
        found = await self._store.get(key)
        kept = None if found is None else _read(key, found)
        if kept is None:
            return None, "miss"
        judge, reply = kept
        if judge:
            known = await self._words.generations([JUDGE])
            if known is None:
                return None, "unsure"
            if known[JUDGE].encode() != judge:
                return None, "miss"
        return reply, "hit"

    async def keep(self, question: str, reply: bytes, picked: Picked) -> None:
        """Keep `reply`, which was made of `picked`, if it may be given again."""
        generations, found = dict[str, str](), picked.found
        for name, account in found.accounts.items():
            if account.status == "ok" and account.stand is not None:
                generations[name] = account.stand.generation
                self._words.note(name, account.stand.generation)
        if found.exact and len(generations) == len(found.accounts):
            key = self._key(question, found.snapshot.version, generations)
            judge = "" if picked.judged is None else picked.judged.generation
            await self._store.put(key, _written(key, judge, reply))

    def _key(self, question: str, version: int, generations: Mapping[str, str]) -> str:
        state = orjson.dumps([self._catalogue.catalogue_id, version, sorted(generations.items())])
        return fingerprint(question, state)


def _written(key: str, judge: str, reply: bytes) -> bytes:
    """What is kept under `key`: the reply, and who told near-duplicates apart beside the key's."""
    said = judge.encode() + _END + reply
    return _digest(key, said) + said


def _read(key: str, found: bytes) -> tuple[bytes, bytes] | None:
    """The judge and the reply; None for bytes of another key, of another version of this code, or of nobody
    knows whom."""
    said = found[_DIGEST:]
    if _digest(key, said) != found[:_DIGEST]:
        return None
    judge, _, reply = said.partition(_END)
    return judge, reply


def _digest(key: str, said: bytes) -> bytes:
    digest = blake2b(key.encode() + _END, digest_size=_DIGEST, key=_FORMAT)
    digest.update(said)
    return digest.digest()
