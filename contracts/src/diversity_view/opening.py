"""How artifacts become generations: the first one at the start, and each that is current later."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from diversity_contracts.manifest import Kind
from diversity_contracts.problems import NotReady
from diversity_view import memory
from diversity_view.artifact_choice import Artifact, choose
from diversity_view.generation import Engine, Generation
from diversity_view.state_folder import StateFolder

EngineT = TypeVar("EngineT", bound=Engine)
Build = Callable[[Artifact, StateFolder], EngineT]


@dataclass(slots=True)
class Opening(Generic[EngineT]):
    """One view's.

    Args:
        root: the shared volume.
        starter: the artifact's folder to use when nothing on the volume can be.
        state_path: the state folder; held from `first` to `close`.
        build: an engine over a verified artifact and its index; raises BadArtifact when it must not serve.
    """

    kind: Kind
    root: Path
    starter: Path
    state_path: Path
    build: Build[EngineT]
    _state: StateFolder | None = field(init=False, default=None)

    def first(self) -> Generation[EngineT]:
        """The generation to begin with.

        What served when the process ended goes on serving where its index still stands, though another
        artifact may be current by now: that one's index is not fed yet.

        Raises BadArtifact or NotReady; may be called again then.
        """
        memory.settle()
        state = self._state = self._state or StateFolder.hold(self.state_path)
        served = next((version for version in state.served if state.has_index(version)), None)
        choice = choose(
            self.kind,
            self.root,
            lambda artifact: self.build(artifact, state),
            starter=self.starter,
            first=served,
        )
        return Generation.of(choice.loaded, choice.artifact, choice.refusal)

    def next(self, artifact: Artifact) -> Generation[EngineT]:
        """A generation over `artifact`, with the index it had when it served before, if that is still kept.

        Raises BadArtifact, NoSpace or NotReady.
        """
        return Generation.of(self.build(artifact, self._held()), artifact)

    def tidy(self, serving: str, previous: str | None, wanted: str | None) -> None:
        """Note what serves; keep its index, the previous one's for a quick way back, the wanted one's."""
        state = self._held()
        # After a start nobody knows what served before but this note.
        earlier = [version for version in (previous, *state.served) if version not in (None, serving)]
        kept = [serving, *(version for version in earlier[:1] if version is not None)]
        state.note_served(kept)
        state.keep(kept if wanted is None else [*kept, wanted])
        memory.give_back()

    def close(self) -> None:
        """Let go of the state folder."""
        if self._state is not None:
            self._state.close()

    def _held(self) -> StateFolder:
        if self._state is None:
            raise NotReady("The state folder is not held yet.")
        return self._state
