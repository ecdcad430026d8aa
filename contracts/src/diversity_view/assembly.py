"""A service's parts, put together from its settings."""

from collections.abc import Callable
from typing import TypeVar

from diversity_contracts.bodies import Limits
from diversity_contracts.wire import ViewName
from diversity_view.lanes import Lane
from diversity_view.metrics import Metrics
from diversity_view.parts import Parts
from diversity_view.serving import Engine, Generation, Serving
from diversity_view.settings import ViewSettings

# Batches that wait for the one in work; the gateway's indexer sends one at a time.
CHANGES_QUEUE = 3

EngineT = TypeVar("EngineT", bound=Engine)


def assemble(
    name: ViewName, settings: ViewSettings, load: Callable[[Metrics], Generation[EngineT]]
) -> Parts[EngineT]:
    """The parts of the view `name`; `load` builds its generation once the service listens."""
    metrics = Metrics(name)

    def loaded(generation: Generation[EngineT]) -> None:
        view = generation.engine.view
        metrics.artifact(generation.engine.artifact, refused=generation.refusal is not None)
        metrics.index(len(view.table), view.position.applied)

    return Parts(
        serving=Serving(name, lambda: load(metrics), loaded=loaded),
        metrics=metrics,
        queries=Lane(
            "queries",
            concurrency=settings.encoder_concurrency,
            max_queue=settings.max_queue,
            waited=metrics.waited,
        ),
        changes=Lane("changes", concurrency=1, max_queue=CHANGES_QUEUE, waited=metrics.waited),
        query_limits=Limits(body_bytes=settings.max_body_bytes, part_bytes=settings.max_body_bytes),
        batch_limits=Limits(body_bytes=settings.max_batch_bytes, part_bytes=settings.max_body_bytes),
        body_seconds=settings.body_seconds,
    )
