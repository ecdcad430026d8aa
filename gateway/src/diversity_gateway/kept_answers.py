"""Answers kept to be given again: the same question, page, catalogue and artifacts give the same answer.

Kept are exact answers of every view asked for. A partial answer is the best of a bad moment, and an inexact
one would outlive the change it was caught in. What is kept are the reply's own bytes, so giving them again
takes neither a model nor a serialiser.
"""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Literal

import orjson

from diversity_gateway import lookups
from diversity_gateway.answers import Answer
from diversity_gateway.byte_store import ByteStore
from diversity_gateway.catalogue import Catalogue
from diversity_gateway.cursor import fingerprint
from diversity_gateway.last_words import LastWords
from diversity_gateway.wishes import Retrieved

Outcome = Literal["hit", "miss", "unsure"]
_FORMAT = b"answer 2"  # another one for every change of what an answer says
_DIGEST = 16
_TOOK = b'"took_ms":'  # the last field of an answer, the one that is told anew


def written(answer: Answer) -> bytes:
    """The reply's bytes."""
    return answer.model_dump_json(exclude_unset=True).encode()


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
        artifacts = await self._words.artifacts(views)
        if artifacts is None:
            return None, "unsure"
        version = (await lookups.state(self._catalogue)).version
        found = await self._store.get(self._key(question, version, artifacts))
        reply = None if found is None else _read(found)
        return reply, "miss" if reply is None else "hit"

    async def keep(self, question: str, answer: Answer, reply: bytes, found: Retrieved) -> None:
        """Keep `reply`, the bytes of `answer`, which was made of `found`, if it may be given again."""
        artifacts = dict[str, str]()
        for name, account in found.accounts.items():
            if account.status == "ok" and account.stand is not None:
                artifacts[name] = account.stand.artifact
                self._words.note(name, account.stand.artifact)
        if answer.exact and len(artifacts) == len(found.accounts):
            key = self._key(question, found.snapshot.version, artifacts)
            await self._store.put(key, _digest(reply) + reply)

    def _key(self, question: str, version: int, artifacts: Mapping[str, str]) -> str:
        state = orjson.dumps([self._catalogue.catalogue_id, version, sorted(artifacts.items())])
        return fingerprint(question, state)


def _digest(reply: bytes) -> bytes:
    return blake2b(reply, digest_size=_DIGEST, key=_FORMAT).digest()


def _read(found: bytes) -> bytes | None:
    """None for bytes of another version of this code, or of nobody knows whom."""
    reply = found[_DIGEST:]
    return reply if _digest(reply) == found[:_DIGEST] else None
