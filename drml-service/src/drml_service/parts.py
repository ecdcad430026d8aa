"""The parts an application is made of, and how a route gets at them."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from diversity_contracts.bodies import Limits
from drml_service.lanes import Lane
from drml_service.metrics import Metrics
from drml_service.serving import Serving


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything a route uses. Two lanes, so that an ingest never fills the queue of the queries."""

    serving: Serving
    metrics: Metrics
    queries: Lane
    changes: Lane
    query_limits: Limits = field(default_factory=Limits)
    batch_limits: Limits = field(default_factory=Limits)
    body_seconds: float = 15.0


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


GetParts = Annotated[Parts, Depends(_parts)]
