"""Notices that another artifact is current, and has it loaded beside the one that serves.

Loading runs in a background thread of lower priority. The glances that find nothing new do not: on a busy
machine such a thread may be off the processor while it holds the interpreter, and every query would wait.

A refused artifact is remembered until its manifest changes, so that a bad one costs one reading; what failed
for want of space or memory is tried again, ever more rarely.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from diversity_contracts.manifest import BadArtifact, Kind, current
from diversity_contracts.problems import ProblemError
from diversity_view.artifact_choice import Artifact, digest_of, verified, version_of
from diversity_view.generation import Engine, Generation
from diversity_view.lanes import Lane
from diversity_view.serving import Serving

log = logging.getLogger(__name__)
EngineT = TypeVar("EngineT", bound=Engine)
RETRY_FIRST_S = 10.0
RETRY_LAST_S = 600.0


@dataclass(frozen=True, slots=True)
class Named:
    """What `current` names; two with one manifest are the same artifact."""

    folder: Path
    digest: str
    version: str


@dataclass(slots=True)
class PutOff:
    """An artifact that could not be loaded for a passing reason, and when to try it again."""

    named: Named
    pause_s: float
    until: float


class Watch(Generic[EngineT]):
    """One view's. `run` is its task; `wake` may be called from the same event loop."""

    def __init__(
        self,
        kind: Kind,
        root: Path,
        serving: Serving[EngineT],
        build: Callable[[Artifact], Generation[EngineT]],
        lane: Lane,
        *,
        starter: Path,
        poll_s: float,
        tidy: Callable[[str | None], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
        glanced: Callable[[], None] = lambda: None,
    ) -> None:
        """
        Args:
            root: the shared volume.
            build: loads a verified artifact and asks it its golden inputs; raises BadArtifact.
            lane: where artifacts are loaded.
            starter: the folder of the service's own artifact, which `current` may name too.
            tidy: clears away what earlier generations left; told the version that is to be loaded, if any.
            glanced: called after each glance at the volume.
        """
        self._kind, self._root, self._serving, self._build = kind, root, serving, build
        self._lane, self._starter = lane, starter
        self._poll_s, self._tidy, self._clock = poll_s, tidy, clock
        self._glanced = glanced
        self._seen: tuple[str | None, ...] | None = None
        self._woken = asyncio.Event()
        self._refused: dict[str, tuple[str, str]] = {}  # by version: the manifest's digest, and why
        self._put_off: PutOff | None = None
        self._tidied_for: str | None = None
        self._settled: str | None = None  # a generation that no other form of its artifact follows

    def wake(self) -> None:
        """Look now."""
        self._woken.set()

    async def run(self) -> None:
        """Look at the volume every few seconds, until cancelled."""
        while True:
            if await asyncio.to_thread(self.is_news):
                await self._lane.run(self.look)
            self._glanced()
            try:
                async with asyncio.timeout(self._poll_s):
                    await self._woken.wait()
            except TimeoutError:
                pass
            self._woken.clear()

    def is_news(self) -> bool:
        """Whether a look may find something to do."""
        return self._put_off is not None or self._state() != self._seen

    def look(self) -> None:
        """Load what `current` names, if it is another artifact; whatever is wrong shows in `/model`."""
        seen = self._state()  # before: what changes during the look is news for the next one
        try:
            self._look()
        except Exception:
            log.exception("the artifacts cannot be watched")
        self._seen = seen

    def _state(self) -> tuple[str | None, ...]:
        """What a look depends on."""
        serving, coming = self._serving.generation, self._serving.coming
        names = [None if held is None else held.engine.generation for held in (serving, coming)]
        try:
            named = self._current()
        except (BadArtifact, OSError) as error:
            return (*names, str(error))
        return (*names, None, None) if named is None else (*names, named.version, named.digest)

    def _current(self) -> Named | None:
        folder = current(self._root, self._kind, self._starter)
        if folder is None:
            return None
        # A published artifact's folder has its version's name, the starter's folder has not.
        version = version_of(folder) if folder == self._starter else folder.name
        return Named(folder, digest_of(folder), version)

    def _look(self) -> None:
        serving = self._serving.generation
        if serving is None:
            return
        served, named = serving.engine.artifact, None
        try:
            named = self._current()
        except BadArtifact as error:
            self._serving.refuse(f"current: {error}")
        passing = self._passing(serving)
        named = named or passing
        if serving.engine.generation != self._tidied_for:
            self._tidy(None if named is None else named.version)
            self._tidied_for = serving.engine.generation
        if named is None:
            return  # nothing was published, or the volume is away: what serves goes on
        if named.version == served and passing is None:
            self._back_to(named, serving)
            return
        coming = self._serving.coming
        if coming is not None and (coming.engine.artifact, coming.digest) == (named.version, named.digest):
            return
        digest, reason = self._refused.get(named.version, ("", ""))
        if reason and digest == named.digest:
            self._serving.abandon()
            self._serving.refuse(reason)
        elif not self._waits(named):
            self._take_up(named)

    def _back_to(self, named: Named, serving: Generation[EngineT]) -> None:
        """`current` names what serves; nothing else is wanted."""
        if self._serving.coming is not None:
            self._serving.abandon()
        changed = bool(serving.digest) and named.digest != serving.digest
        self._serving.refuse(
            f"{named.version}: its manifest is not the one that serves; publish it as a new version."
            if changed
            else None
        )

    def _take_up(self, named: Named) -> None:
        version = named.version
        log.info("another artifact is current", extra={"artifact": version})
        self._serving.abandon()
        self._tidy(version)
        self._serving.announce(version)
        try:
            generation = self._build(verified(named.folder, self._kind))
        except BadArtifact as error:
            self._refuse(named, str(error))
        except (ProblemError, OSError, MemoryError) as error:
            self._try_later(named, error)
        except Exception as error:
            log.exception("an artifact could not be loaded", extra={"artifact": version})
            self._refuse(named, f"it cannot be loaded: {type(error).__name__}: {error}"[:300])
        else:
            self._put_off = None
            self._serving.refuse(None)
            self._bring(generation)

    def _bring(self, generation: Generation[EngineT]) -> None:
        serving = self._serving.generation
        if serving is not None and serving.engine.generation == generation.engine.generation:
            # The wanted form cannot be had here, and what it gave way to serves already.
            generation.engine.close()
            self._settled = serving.engine.generation
            self._serving.announce(None)
        else:
            self._serving.bring(generation)

    def _passing(self, serving: Generation[EngineT]) -> Named | None:
        """The artifact that serves, where its wanted form is to follow the one it serves in."""
        if serving.folder is None or serving.engine.generation == self._settled:
            return None
        return Named(serving.folder, serving.digest, serving.engine.artifact)

    def _refuse(self, named: Named, reason: str) -> None:
        log.error("artifact refused", extra={"artifact": named.version, "reason": reason})
        said = f"{named.version}: {reason}"
        self._refused[named.version] = (named.digest, said)
        self._serving.announce(None)
        self._serving.refuse(said)

    def _try_later(self, named: Named, error: Exception) -> None:
        again = self._put_off is not None and self._put_off.named == named
        pause = min(RETRY_LAST_S, 2 * self._put_off.pause_s) if again and self._put_off else RETRY_FIRST_S
        self._put_off = PutOff(named, pause, self._clock() + pause)
        reason = str(error) or type(error).__name__
        log.warning("artifact put off", extra={"artifact": named.version, "reason": reason})
        self._serving.announce(None)
        self._serving.refuse(f"{named.version}: {reason} It is tried again.")

    def _waits(self, named: Named) -> bool:
        put_off = self._put_off
        return put_off is not None and put_off.named == named and self._clock() < put_off.until
