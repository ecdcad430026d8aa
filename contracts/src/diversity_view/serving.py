"""What the process serves at this moment: nothing yet, an engine, or the reason why there is none."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, Self, TypeVar

from diversity_contracts import wire
from diversity_contracts.problems import NotReady
from diversity_view.artifact_choice import Choice
from diversity_view.feed import Table, View

log = logging.getLogger(__name__)


class Engine(Protocol):
    """A view over one artifact, without HTTP. Called from several threads."""

    artifact: str

    @property
    def view(self) -> View[Table]:
        """The entries of this moment."""

    @property
    def facts(self) -> Mapping[str, object]:
        """What `/model` says beyond what every view says."""

    def apply(self, batch: wire.ChangeBatch, pictures: Mapping[str, bytes]) -> wire.ChangesApplied:
        """Take the view from `batch.after` to `batch.upto`, whole or not at all."""

    def close(self) -> None:
        """Let go of files, after the write in progress."""


EngineT = TypeVar("EngineT", bound=Engine)


@dataclass(frozen=True, slots=True)
class Generation(Generic[EngineT]):
    """An engine, and what its artifact says of itself."""

    engine: EngineT
    metrics: dict[str, float] = field(default_factory=dict)
    created: str | None = None
    refusal: str | None = None  # why a newer artifact does not serve

    @classmethod
    def of(cls, engine: EngineT, choice: Choice[Any]) -> Self:
        """The engine over the artifact that was chosen."""
        manifest = choice.manifest
        return cls(engine, manifest.metrics, manifest.created.isoformat(), choice.refusal)


class Serving(Generic[EngineT]):
    """The current generation, set once loaded; and whether the process is on its way out."""

    def __init__(
        self,
        view: wire.ViewName,
        load: Callable[[], Generation[EngineT]],
        *,
        loaded: Callable[[Generation[EngineT]], None] = lambda _: None,
    ) -> None:
        """`load` builds the generation to serve; slow, called once off the event loop."""
        self._name, self._load, self._loaded = view, load, loaded
        self._generation: Generation[EngineT] | None = None
        self._failure: str | None = None
        self.draining = False

    async def start(self) -> None:
        """Load the generation. A failure is kept for `/model`, not raised: the process stays to say why."""
        try:
            self._generation = await asyncio.to_thread(self._load)
        except Exception as error:
            log.exception("no artifact can be served")
            self._failure = str(error) or type(error).__name__
        else:
            self._loaded(self._generation)

    def stop(self) -> None:
        """Let go of the engine."""
        if self._generation is not None:
            self._generation.engine.close()

    @property
    def engine(self) -> EngineT:
        """The engine that serves. Raises NotReady while there is none."""
        if self._generation is None:
            reason = (
                "The model is loading." if self._failure is None else "No model can be served; see /model."
            )
            raise NotReady(reason, retry_after_s=2 if self._failure is None else 60)
        return self._generation.engine

    def check_ready(self) -> None:
        """Raises NotReady unless new requests are welcome."""
        if self.draining:
            raise NotReady("The service is going down.", retry_after_s=5)
        _ = self.engine

    def model(self) -> wire.ViewModel:
        """The reply of `/model`."""
        generation = self._generation
        if generation is None:
            state: wire.ViewState = "loading" if self._failure is None else "failed"
            return wire.ViewModel(
                view=self._name,
                state=state,
                artifact=None,
                refusal=self._failure,
                count=0,
                applied=0,
                catalogue_id=None,
            )
        view = generation.engine.view
        return wire.ViewModel.model_validate(
            {
                "view": self._name,
                "state": "ready",
                "artifact": generation.engine.artifact,
                "refusal": generation.refusal,
                "count": len(view.table),
                "applied": view.position.applied,
                "catalogue_id": view.position.catalogue_id,
                "metrics": generation.metrics,
                **generation.engine.facts,
                "created": generation.created,
            }
        )
