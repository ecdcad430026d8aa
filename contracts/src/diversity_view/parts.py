"""The parts an application is made of, and how a route gets at them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from fastapi import Request

from diversity_contracts.bodies import Limits
from diversity_view.generation import Engine
from diversity_view.lanes import Lane
from diversity_view.metrics import Metrics
from diversity_view.serving import Serving

EngineT = TypeVar("EngineT", bound=Engine)


@dataclass(frozen=True, slots=True)
class Parts(Generic[EngineT]):
    """Everything a route uses, and what runs `beside` the requests while the application does.

    Three lanes, so that an ingest never fills the queue of the queries, and the index of a generation that is
    prepared never that of the one that serves.
    """

    serving: Serving[EngineT]
    metrics: Metrics
    queries: Lane
    changes: Lane
    preparing: Lane
    query_limits: Limits = field(default_factory=Limits)
    batch_limits: Limits = field(default_factory=Limits)
    body_seconds: float = 15.0
    beside: Sequence[Callable[[], Awaitable[None]]] = ()


async def parts_of(request: Request) -> Parts[Any]:
    """A dependency: the parts of the application that serves `request`. A plain function would be run in a
    thread."""
    parts: Parts[Any] = request.app.state.parts
    return parts
