"""What each view said last of the generation it serves, asked again when that is too long ago.

A kept answer is given only in the name of views that are there: one that is down shows as missing, kept
answers or not, and one that serves a new generation is asked anew.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from diversity_gateway.views import View, ViewUnavailable

FRESH_S = 0.05  # two kilobytes over a kept-alive connection, twenty times a second under load


@dataclass(slots=True)
class _Word:
    generation: str | None = None
    at: float = float("-inf")
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)


class LastWords:
    """For one event loop.

    Args:
        asking_s: a view that takes longer to say what it serves is asked the query itself.
        clock: counts seconds.
    """

    def __init__(
        self, views: Mapping[str, View], asking_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._views = views
        self._asking_s = asking_s
        self._clock = clock
        self._words = {name: _Word() for name in views}

    def note(self, name: str, generation: str) -> None:
        """A reply of the view told this."""
        word = self._words[name]
        word.generation, word.at = generation, self._clock()

    async def generations(self, names: Iterable[str]) -> dict[str, str] | None:
        """The generation that each of the views serves; None unless all of them are there and serve."""
        chosen = list(names)
        if not self._words.keys() >= set(chosen):
            return None
        if all(self._is_fresh(name) for name in chosen):  # a task each would cost more than the look
            fresh = {name: self._words[name].generation for name in chosen}
            return {name: word for name, word in fresh.items() if word is not None}
        words = await asyncio.gather(*(self._generation(name) for name in chosen))
        found = {name: word for name, word in zip(chosen, words, strict=True) if word is not None}
        return found if len(found) == len(chosen) else None

    def _is_fresh(self, name: str) -> bool:
        word = self._words[name]
        recent = self._clock() - word.at <= FRESH_S
        return word.generation is not None and recent and not self._views[name].is_suspect

    async def _generation(self, name: str) -> str | None:
        word, view = self._words[name], self._views[name]
        if view.is_suspect:
            return None
        async with word.asking:  # one asks for all that wait
            if self._clock() - word.at > FRESH_S and not view.is_suspect:
                word.generation, word.at = await self._ask(view), self._clock()
        return word.generation

    async def _ask(self, view: View) -> str | None:
        try:
            async with asyncio.timeout(self._asking_s):
                model = await view.model()
        except (TimeoutError, ViewUnavailable):
            return None
        return model.name if model.state == "ready" else None
