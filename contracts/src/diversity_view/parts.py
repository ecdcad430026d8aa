"""The parts an application is made of, and how a route gets at them."""

from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from fastapi import Request

from diversity_contracts.bodies import Limits
from diversity_view.lanes import Lane
from diversity_view.metrics import Metrics
from diversity_view.serving import Engine, Serving

EngineT = TypeVar("EngineT", bound=Engine)


@dataclass(frozen=True, slots=True)
class Parts(Generic[EngineT]):
    """Everything a route uses. Two lanes, so that an ingest never fills the queue of the queries."""

    serving: Serving[EngineT]
    metrics: Metrics
    queries: Lane
    changes: Lane
    query_limits: Limits = field(default_factory=Limits)
    batch_limits: Limits = field(default_factory=Limits)
    body_seconds: float = 15.0


def parts_of(request: Request) -> Parts[Any]:
    """A dependency: the parts of the application that serves `request`."""
    parts: Parts[Any] = request.app.state.parts
    return parts
