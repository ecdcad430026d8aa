"""How a view stands, in the words of `/model`. Pure."""

from dataclasses import dataclass
from typing import Any

from diversity_contracts.generations import told
from diversity_contracts.wire import Preparing, ViewModel, ViewName
from diversity_view.generation import Generation


@dataclass(frozen=True, slots=True)
class Standing:
    """One moment of a view.

    Attributes:
        serving: None before the first generation is loaded, and when none can be.
        coming: the generation that is fed to serve next.
        announced: the artifact that is loaded to serve next.
        failure: why there is no generation.
        refusal: why the artifact that should serve does not.
    """

    view: ViewName
    serving: Generation[Any] | None
    coming: Generation[Any] | None
    announced: str | None
    failure: str | None
    refusal: str | None


def described(standing: Standing) -> ViewModel:
    """The reply of `/model`."""
    generation = standing.serving
    if generation is None:
        return ViewModel(
            view=standing.view,
            state="loading" if standing.failure is None else "failed",
            artifact=None,
            refusal=standing.failure,
            count=0,
            applied=0,
            catalogue_id=None,
        )
    view = generation.engine.view
    return ViewModel.model_validate(
        {
            "view": standing.view,
            "state": "ready",
            "artifact": generation.engine.artifact,
            "generation": told(generation.engine.generation),
            "refusal": standing.refusal,
            "count": len(view.table),
            "applied": view.position.applied,
            "catalogue_id": view.position.catalogue_id,
            "preparing": _preparing(standing, len(view.table)),
            "metrics": generation.metrics,
            **generation.engine.facts,
            "created": generation.created,
        }
    )


def _preparing(standing: Standing, total: int) -> Preparing | None:
    if standing.coming is not None:
        view = standing.coming.engine.view
        return Preparing(
            artifact=standing.coming.engine.artifact,
            generation=told(standing.coming.engine.generation),
            stage="indexing",
            indexed=len(view.table),
            total=total,
            applied=view.position.applied,
            catalogue_id=view.position.catalogue_id,
        )
    if standing.announced is None:
        return None
    return Preparing(
        artifact=standing.announced, stage="loading", indexed=0, total=total, applied=0, catalogue_id=None
    )
