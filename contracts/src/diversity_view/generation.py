"""One generation of a view: an engine over one artifact in one form, and when one may follow another."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, Protocol, Self, TypeVar

from diversity_contracts import wire
from diversity_view.artifact_choice import Artifact
from diversity_view.feed import Table, View
from diversity_view.records import Position


class Engine(Protocol):
    """A view over one artifact, without HTTP. Called from several threads."""

    artifact: str
    generation: str  # its name, as `diversity_contracts.generations` makes it

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
    refusal: str | None = None  # why a newer artifact did not serve at the start
    digest: str = ""  # of the artifact's manifest
    folder: Path | None = None  # the artifact's, where its wanted form is to follow this one

    @classmethod
    def of(
        cls, engine: EngineT, artifact: Artifact, refusal: str | None = None, *, passing: bool = False
    ) -> Self:
        """The engine over `artifact`; `passing` in a form that the settings no longer ask for."""
        manifest, folder = artifact.manifest, artifact.folder if passing else None
        return cls(engine, manifest.metrics, manifest.created.isoformat(), refusal, artifact.digest, folder)


def caught_up(coming: Position, serving: Position) -> bool:
    """Whether a query finds at least as much in the generation that comes as in the one that serves."""
    if serving.catalogue_id is None:
        return True
    return coming.catalogue_id == serving.catalogue_id and coming.applied >= serving.applied
