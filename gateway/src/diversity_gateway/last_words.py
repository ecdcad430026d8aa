"""What each view said last of the generation it serves, renewed in the background while that is asked for.

A kept answer is given only in the name of views that are there: within a second, one that is down shows as
missing, kept answers or not, and one that serves a new generation is asked anew. A call that fails is known
at once, and so is what any reply of a view tells.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from diversity_gateway.views import View, ViewUnavailable

FRESH_S = 1.0  # the oldest word that an answer is given on
RENEW_S = 0.4  # two kilobytes over a kept-alive connection, five times in two seconds
LATELY_S = 60.0  # who is asked about is listened to for so long
SILENCE_S = 0.05  # one that said nothing may be asked again so soon
_NEVER = float("-inf")


@dataclass(slots=True)
class _Word:
    generation: str | None = None
    at: float = _NEVER
    wanted: float = _NEVER
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)


class LastWords:
    """For one event loop. `watch` is its task; without it each word is asked for when it is too old.

    Args:
        asking_s: a view that takes longer to say what it serves is asked the query itself.
        clock: counts seconds.
        renew_s: between two looks at a view that is listened to.
    """

    def __init__(
        self,
        views: Mapping[str, View],
        asking_s: float,
        clock: Callable[[], float] = time.monotonic,
        *,
        renew_s: float = RENEW_S,
    ) -> None:
        self._views = views
        self._asking_s = asking_s
        self._clock = clock
        self._renew_s = renew_s
        self._words = {name: _Word() for name in views}
        self._wanted = asyncio.Event()

    def note(self, name: str, generation: str) -> None:
        """A reply of the view told this."""
        word = self._words[name]
        word.generation, word.at = generation, self._clock()

    async def generations(self, names: Iterable[str]) -> dict[str, str] | None:
        """The generation that each of the views serves; None unless all of them are there and serve."""
        chosen, now = list(names), self._clock()
        if not self._words.keys() >= set(chosen):
            return None
        for name in chosen:
            self._words[name].wanted = now
        self._wanted.set()
        if all(self._is_fresh(name, now) for name in chosen):  # a task each would cost more than the look
            fresh = {name: self._words[name].generation for name in chosen}
            return {name: word for name, word in fresh.items() if word is not None}
        words = await asyncio.gather(*(self._generation(name) for name in chosen))
        found = {name: word for name, word in zip(chosen, words, strict=True) if word is not None}
        return found if len(found) == len(chosen) else None

    async def watch(self) -> None:
        """Ask the views again and again while somebody wants to know, until cancelled."""
        while True:
            await self._wanted.wait()
            now = self._clock()
            due = [name for name, word in self._words.items() if now - word.wanted <= LATELY_S]
            if not due:
                self._wanted.clear()
                continue
            await asyncio.gather(*(self._renew(name) for name in due))
            await asyncio.sleep(self._renew_s)

    def _is_fresh(self, name: str, now: float) -> bool:
        word = self._words[name]
        recent = now - word.at <= FRESH_S
        return word.generation is not None and recent and not self._views[name].is_suspect

    async def _generation(self, name: str) -> str | None:
        return await self._told(name, FRESH_S)

    async def _renew(self, name: str) -> None:
        await self._told(name, self._renew_s / 2)

    async def _told(self, name: str, most_s: float) -> str | None:
        """What the view said no longer than `most_s` ago, else what it says now."""
        word, view = self._words[name], self._views[name]
        async with word.asking:  # one asks for all that wait
            if view.is_suspect:
                word.at = _NEVER  # what it said before counts no more once it is well again
                return None
            if self._clock() - word.at > (SILENCE_S if word.generation is None else most_s):
                word.generation, word.at = await self._ask(view), self._clock()
        return word.generation

    async def _ask(self, view: View) -> str | None:
        try:
            async with asyncio.timeout(self._asking_s):
                model = await view.model()
        except (TimeoutError, ViewUnavailable):
            return None
        return model.name if model.state == "ready" else None
