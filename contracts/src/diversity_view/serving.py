"""What the process serves at this moment: nothing yet, a generation, or the reason why there is none.

A generation never changes its artifact, nor the form it is served in. The next one is brought in beside it,
fed by itself, and takes its place by one assignment once it stands where the first one does. Whoever works
with a generation holds a lease on it; one that was replaced is closed when the last lease is given back.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

from diversity_contracts import wire
from diversity_contracts.problems import Conflict, NotReady
from diversity_view.generation import Engine, Generation, caught_up
from diversity_view.standing import Standing, described

log = logging.getLogger(__name__)
EngineT = TypeVar("EngineT", bound=Engine)


@dataclass(eq=False, slots=True)
class _Held(Generic[EngineT]):
    """A generation, and how many work with it."""

    generation: Generation[EngineT]
    users: int = 0
    retired: bool = False


class Serving(Generic[EngineT]):
    """The current generation and the one to follow; whether the process is on its way out."""

    def __init__(
        self,
        view: wire.ViewName,
        load: Callable[[], Generation[EngineT]],
        *,
        changed: Callable[[wire.ViewModel], None] = lambda _: None,
        closed: Callable[[], None] = lambda: None,
    ) -> None:
        """
        Args:
            load: builds the first generation; slow, called once off the event loop.
            changed: told how it stands after whatever `/model` shows has changed.
            closed: called at the end, once the generations are closed.
        """
        self._name, self._load, self._changed, self._closed = view, load, changed, closed
        self._lock, self._telling = threading.Lock(), threading.Lock()
        self._current: _Held[EngineT] | None = None
        self._coming: _Held[EngineT] | None = None
        self._announced: str | None = None
        self._failure: str | None = None
        self._refusal: str | None = None
        self.previous: str | None = None  # what served before; its index is kept
        self.draining = False

    async def start(self) -> None:
        """Load the generation. A failure is kept for `/model`, not raised: the process stays to say why.

        Where it says that it passes, loading is tried again until the process is on its way out.
        """
        # No event tells that what was away is back: it is asked again.
        while (pause_s := await self._started()) is not None and not self.draining:  # noqa: ASYNC110
            await asyncio.sleep(pause_s)

    async def _started(self) -> float | None:
        """Whether to try again: after so many seconds, or never."""
        pause_s: float | None = None
        try:
            generation = await asyncio.to_thread(self._load)
        except Exception as error:
            log.exception("no artifact can be served")
            self._failure = str(error) or type(error).__name__
            pause_s = error.retry_after_s if isinstance(error, NotReady) else None
        else:
            self._refusal, self._failure = generation.refusal, None
            self._current = _Held(generation)
        self._tell()
        return pause_s

    def stop(self) -> None:
        """Let go of the generations, whoever still works with them."""
        for held in (self._current, self._coming):
            if held is not None:
                held.generation.engine.close()
        self._closed()

    @property
    def engine(self) -> EngineT:
        """The engine that serves, for a look at it. Raises NotReady while there is none."""
        return self._serving().generation.engine

    @property
    def generation(self) -> Generation[EngineT] | None:
        """The generation that serves."""
        return None if self._current is None else self._current.generation

    @property
    def coming(self) -> Generation[EngineT] | None:
        """The generation that is being fed to serve next."""
        return None if self._coming is None else self._coming.generation

    @contextmanager
    def lease(self) -> Iterator[EngineT]:
        """The engine that serves, not closed before the block ends. Raises NotReady while there is none."""
        with self._lease(self._serving) as engine:
            yield engine

    def check_ready(self) -> None:
        """Raises NotReady unless new requests are welcome."""
        if self.draining:
            raise NotReady("The service is going down.", retry_after_s=5)
        self.check_serves()

    def check_serves(self) -> None:
        """Raises NotReady while there is no generation."""
        self._serving()

    def is_prepared(self, name: str | None) -> bool:
        """Whether changes for the generation `name` go to one that does not serve yet."""
        coming = self._coming
        return coming is not None and coming.generation.engine.generation == name

    def apply(
        self, batch: wire.ChangeBatch, pictures: Mapping[str, bytes], name: str | None
    ) -> wire.ChangesApplied:
        """Take the generation `name`, the serving one for None, from `batch.after` to `batch.upto`.

        Raises Conflict when there is no such generation, or it was replaced meanwhile; NotReady; and what the
        engine raises.
        """
        with self._lease(lambda: self._meant(name)) as engine:
            applied = engine.apply(batch, pictures)
            self._settle()
            # What is acknowledged is searchable: a generation that was replaced acknowledges nothing.
            self._meant(engine.generation)
        self._tell()
        return applied

    def announce(self, artifact: str | None) -> None:
        """`artifact` is being loaded to serve next; None: nothing is."""
        self._announced = artifact
        self._tell()

    def bring(self, generation: Generation[EngineT]) -> None:
        """`generation` serves next, at once if it stands where the serving one does."""
        self.abandon()
        self._coming = _Held(generation)
        self._settle()
        self._tell()

    def abandon(self) -> None:
        """What was to serve next is not wanted any more."""
        with self._lock:
            coming, self._coming, self._announced = self._coming, None, None
            idle = coming is not None and self._retire(coming)
        if coming is not None and idle:
            coming.generation.engine.close()

    def refuse(self, reason: str | None) -> None:
        """Why the artifact that should serve does not; None: it does."""
        if reason != self._refusal:
            self._refusal = reason
            self._tell()

    def model(self) -> wire.ViewModel:
        """The reply of `/model`."""
        with self._lock:
            serving, coming = self.generation, self.coming
        return described(Standing(self._name, serving, coming, self._announced, self._failure, self._refusal))

    def _tell(self) -> None:
        with self._telling:  # one at a time, so that what is told last is what stands
            self._changed(self.model())

    def _serving(self) -> _Held[EngineT]:
        if self._current is None:
            reason = (
                "The model is loading." if self._failure is None else "No model can be served; see /model."
            )
            raise NotReady(reason, retry_after_s=2 if self._failure is None else 60)
        return self._current

    def _meant(self, name: str | None) -> _Held[EngineT]:
        current, coming = self._serving(), self._coming
        if name in (None, current.generation.engine.generation):
            return current
        if coming is None or coming.generation.engine.generation != name:
            raise Conflict(f"No generation {name} takes changes; see /model.")
        return coming

    @contextmanager
    def _lease(self, pick: Callable[[], _Held[EngineT]]) -> Iterator[EngineT]:
        with self._lock:
            held = pick()
            held.users += 1
        try:
            yield held.generation.engine
        finally:
            with self._lock:
                held.users -= 1
                idle = held.retired and not held.users
            if idle:
                held.generation.engine.close()

    def _retire(self, held: _Held[EngineT]) -> bool:
        """Nobody takes a lease on it any more; whether it is to be closed now."""
        held.retired = True
        return not held.users

    def _settle(self) -> None:
        """The generation to follow takes over, if it stands where the serving one does."""
        with self._lock:
            current, coming = self._current, self._coming
            if coming is None or current is None:
                return
            if not caught_up(coming.generation.engine.view.position, current.generation.engine.view.position):
                return
            self.previous = current.generation.engine.generation
            self._current, self._coming, self._announced = coming, None, None
            idle = self._retire(current)
        log.info("another generation serves", extra={"generation": coming.generation.engine.generation})
        if idle:
            current.generation.engine.close()
