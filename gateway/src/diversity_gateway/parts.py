"""The parts that `main` builds and routes work with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends
from starlette.requests import Request

from diversity_gateway.admission import Lane
from diversity_gateway.atlas import Atlas
from diversity_gateway.calls import Kind, kind_of
from diversity_gateway.catalogue import Catalogue
from diversity_gateway.histories import HistoryStore
from diversity_gateway.indexer import Indexer
from diversity_gateway.ingest import Ingest
from diversity_gateway.kept_answers import KeptAnswers
from diversity_gateway.keys import KeyRing
from diversity_gateway.metrics import Metrics
from diversity_gateway.retrieve import Retrieval
from diversity_gateway.views import View


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How much of a request is read, and how slowly it may come."""

    body_bytes: int
    batch_bytes: int
    grace_s: float


@dataclass(slots=True)
class Parts:
    """Everything a request needs. `draining` is set when the process is about to stop."""

    catalogue: Catalogue
    ingest: Ingest
    retrieval: Retrieval
    histories: HistoryStore
    half_life_days: float
    views: Mapping[str, View]
    indexers: Mapping[str, Indexer]
    lanes: Mapping[Kind, Lane]
    keys: KeyRing
    kept: KeptAnswers | None
    limits: BodyLimits
    metrics: Metrics
    atlas: Atlas
    draining: bool = False

    def lane(self, method: str, path: str) -> Lane:
        """Where a call that has a body takes its turn."""
        return self.lanes["query" if kind_of(method, path) == "query" else "write"]


async def wired(request: Request) -> Parts:
    """The parts of the application that `request` was sent to."""
    # Not a plain function: the framework would run that in a thread.
    return cast(Parts, request.app.state.parts)


Wired = Annotated[Parts, Depends(wired)]
