"""The OpenAPI document of a view that has nothing to serve."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI

from diversity_contracts.wire import ViewName
from diversity_view.lanes import Lane
from diversity_view.metrics import Metrics
from diversity_view.openapi import printed
from diversity_view.parts import Parts
from diversity_view.serving import Serving


def described(name: ViewName, create_app: Callable[[Parts[Any]], FastAPI]) -> bytes:
    """The document of `create_app`'s application, as indented JSON; nothing is loaded for it."""
    metrics = Metrics(name)
    lane = Lane("none", concurrency=1, max_queue=0, waited=metrics.waited)
    # An application loads once it is started; this one never is.
    parts = Parts(Serving[Any](name, _nothing), metrics, queries=lane, changes=lane, preparing=lane)
    return printed(create_app(parts))


def _nothing() -> Any:
    raise AssertionError("a description was asked to serve")
