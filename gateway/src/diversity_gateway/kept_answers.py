"""Answers kept to be given again: the same question, page, catalogue and artifacts give the same answer.

Kept are exact answers of every view asked for. A partial answer is the best of a bad moment, and an inexact
one would outlive the change it was caught in.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

import orjson
from anyio import to_thread
from pydantic import ValidationError

from diversity_gateway.answers import Answer
from diversity_gateway.byte_store import ByteStore
from diversity_gateway.catalogue import Catalogue
from diversity_gateway.cursor import fingerprint
from diversity_gateway.last_words import LastWords
from diversity_gateway.wishes import Retrieved

Outcome = Literal["hit", "miss", "unsure"]


class KeptAnswers:
    """Over one store, which gateways with one catalogue may share."""

    def __init__(self, store: ByteStore, catalogue: Catalogue, words: LastWords) -> None:
        self._store, self._catalogue, self._words = store, catalogue, words

    async def find(self, question: str, views: Iterable[str]) -> tuple[Answer | None, Outcome]:
        """The answer to `question` (a fingerprint of everything asked), its `took_ms` that of the first time.

        `unsure`: a view did not say in time what it serves, so nothing can be said in its name.
        """
        artifacts = await self._words.artifacts(views)
        if artifacts is None:
            return None, "unsure"
        version = (await to_thread.run_sync(self._catalogue.state)).version
        found = await self._store.get(self._key(question, version, artifacts))
        answer = None if found is None else _read(found)
        return answer, "miss" if answer is None else "hit"

    async def keep(self, question: str, answer: Answer, found: Retrieved) -> None:
        """Keep `answer`, which was made of `found`, if it may be given again."""
        artifacts = dict[str, str]()
        for name, account in found.accounts.items():
            if account.status == "ok" and account.stand is not None:
                artifacts[name] = account.stand.artifact
                self._words.note(name, account.stand.artifact)
        if answer.exact and len(artifacts) == len(found.accounts):
            key = self._key(question, found.snapshot.version, artifacts)
            await self._store.put(key, answer.model_dump_json(exclude_unset=True).encode())

    def _key(self, question: str, version: int, artifacts: Mapping[str, str]) -> str:
        state = orjson.dumps([self._catalogue.catalogue_id, version, sorted(artifacts.items())])
        return fingerprint(question, state)


def _read(found: bytes) -> Answer | None:
    """None for bytes of another version of this code, or of nobody knows whom."""
    try:
        return Answer.model_validate_json(found)
    except ValidationError:
        return None
