"""How artifacts become generations: the first one at the start, and each that is current later.

An artifact may be served in several forms, and another setting asks for another one. So after a restart what
served goes on serving, in the form it had, until the wanted one is fed: see `Opening.first`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from diversity_contracts.generations import REFERENCE_FORM, parts_of
from diversity_contracts.manifest import BadArtifact, Kind
from diversity_contracts.problems import NotReady
from diversity_view import memory
from diversity_view.artifact_choice import Artifact, choose
from diversity_view.generation import Engine, Generation
from diversity_view.state_folder import StateFolder

EngineT = TypeVar("EngineT", bound=Engine)
# An engine in the form that is named, or in the reference form where it cannot be had.
Build = Callable[[Artifact, StateFolder, str], EngineT]
# The forms in which an artifact may be served here, the wanted one first.
Forms = Callable[[Artifact], Sequence[str]]


def reference_form(_: Artifact) -> Sequence[str]:
    """Of a view that has no other."""
    return (REFERENCE_FORM,)


@dataclass(slots=True)
class Opening(Generic[EngineT]):
    """One view's.

    Args:
        root: the shared volume.
        starter: the artifact's folder to use when nothing on the volume can be.
        state_path: the state folder; held from `first` to `close`.
        build: an engine over a verified artifact and its index; raises BadArtifact when it must not serve.
        forms: which an artifact has here; loads nothing.
    """

    kind: Kind
    root: Path
    starter: Path
    state_path: Path
    build: Build[EngineT]
    forms: Forms = reference_form
    _state: StateFolder | None = field(init=False, default=None)
    _passing: str | None = field(init=False, default=None)  # a generation that its wanted form is to follow

    def first(self) -> Generation[EngineT]:
        """The generation to begin with.

        What served when the process ended goes on serving where its index still stands, though another
        artifact may be current by now, or another form asked for: that one's index is not fed yet. A form
        that may not be served here any more is not.

        Raises BadArtifact or NotReady; may be called again then.
        """
        memory.settle()
        state = self._state = self._state or StateFolder.hold(self.state_path)
        served = next((name for name in state.served if state.has_index(name)), None)
        with memory.undisturbed():
            choice = choose(
                self.kind,
                self.root,
                lambda artifact: self._as_it_served(artifact, served) or self._as_wanted(artifact),
                starter=self.starter,
                first=None if served is None else parts_of(served)[0],
            )
        passing = choice.loaded.generation == self._passing
        return Generation.of(choice.loaded, choice.artifact, choice.refusal, passing=passing)

    def next(self, artifact: Artifact) -> Generation[EngineT]:
        """A generation over `artifact`, with the index it had when it served before, if that is still kept.

        Raises BadArtifact, NoSpace or NotReady.
        """
        return Generation.of(self._as_wanted(artifact), artifact)

    def tidy(self, serving: str, previous: str | None, wanted: str | None) -> None:
        """Note what serves; keep its index, the previous one's for a quick way back, and those of the wanted
        artifact as long as it does not serve as wanted. `serving` and `previous` are generations' names."""
        state = self._held()
        # After a start nobody knows what served before but this note.
        earlier = [name for name in (previous, *state.served) if name not in (None, serving)]
        kept = [serving, *(name for name in earlier[:1] if name is not None)]
        state.note_served(kept)
        is_there = wanted == parts_of(serving)[0] and serving != self._passing
        state.keep(kept, artifacts=() if wanted is None or is_there else (wanted,))
        memory.give_back()

    def close(self) -> None:
        """Let go of the state folder."""
        if self._state is not None:
            self._state.close()

    def _as_wanted(self, artifact: Artifact) -> EngineT:
        return self.build(artifact, self._held(), self.forms(artifact)[0])

    def _as_it_served(self, artifact: Artifact, served: str | None) -> EngineT | None:
        """In the form of `served`, where that is another one than is wanted and may still be served here."""
        version, form = parts_of(served or "")
        wanted, *others = self.forms(artifact)
        if artifact.version != version or form == wanted or form not in others:
            return None
        try:
            engine = self.build(artifact, self._held(), form)
        except BadArtifact:
            return None
        if engine.generation != served:  # it cannot be had in that form after all
            engine.close()
            return None
        self._passing = served
        return engine

    def _held(self) -> StateFolder:
        if self._state is None:
            raise NotReady("The state folder is not held yet.")
        return self._state
