"""A service's parts, put together from its settings."""

from functools import partial
from pathlib import Path
from typing import TypeVar

from diversity_contracts.bodies import Limits
from diversity_contracts.wire import ViewName
from diversity_view.generation import Engine
from diversity_view.lanes import Lane
from diversity_view.metrics import Metrics
from diversity_view.opening import Build, Forms, Opening, reference_form
from diversity_view.parts import Parts
from diversity_view.serving import Serving
from diversity_view.settings import ViewSettings
from diversity_view.watch import Watch

# Batches that wait for the one in work; the gateway's indexer sends one at a time.
CHANGES_QUEUE = 3

EngineT = TypeVar("EngineT", bound=Engine)


def assemble(
    name: ViewName,
    settings: ViewSettings,
    metrics: Metrics,
    starter: Path,
    build: Build[EngineT],
    *,
    forms: Forms = reference_form,
) -> Parts[EngineT]:
    """The parts of the view `name`; `build` makes its engines, in one of their `forms`, once the service
    listens."""
    opening = Opening(name, settings.artifacts, starter, settings.state, build, forms)
    serving = Serving(name, opening.first, changed=metrics.standing, closed=opening.close)
    preparing = Lane(
        "preparing", concurrency=1, max_queue=CHANGES_QUEUE, waited=metrics.waited, background=True
    )

    def tidy(wanted: str | None) -> None:
        opening.tidy(serving.engine.generation, serving.previous, wanted)

    watch = Watch(
        name,
        settings.artifacts,
        serving,
        opening.next,
        preparing,
        starter=starter,
        poll_s=settings.artifact_poll_s,
        tidy=tidy,
        glanced=metrics.glanced,
    )
    beside = [watch.run]
    if url := settings.redis_url:
        from diversity_view import notices  # noqa: PLC0415  its library takes a tenth of a second that few need

        beside.append(partial(notices.listen, url, name, watch.wake))
    return Parts(
        serving=serving,
        metrics=metrics,
        queries=Lane(
            "queries",
            concurrency=settings.encoder_concurrency,
            max_queue=settings.max_queue,
            together=settings.together,
            waited=metrics.waited,
            grouped=metrics.grouped,
        ),
        changes=Lane("changes", concurrency=1, max_queue=CHANGES_QUEUE, waited=metrics.waited),
        preparing=preparing,
        query_limits=Limits(body_bytes=settings.max_body_bytes, part_bytes=settings.max_body_bytes),
        batch_limits=Limits(body_bytes=settings.max_batch_bytes, part_bytes=settings.max_body_bytes),
        body_seconds=settings.body_seconds,
        beside=beside,
    )
