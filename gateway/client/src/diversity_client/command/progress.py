"""How far an ingest is: a bar on a terminal, a line now and then in a log."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)

LOG_S = 10.0  # between two lines of a log


class Meter:
    """One bar, or one row of lines, on `console`; `total` None where it is not known."""

    def __init__(
        self,
        console: Console,
        title: str,
        total: int | None,
        *,
        now: Callable[[], float] = time.monotonic,
        quiet: bool = False,
    ) -> None:
        self._console, self._title, self._total, self._now = console, title, total, now
        self._quiet = quiet
        self._told = now()
        self._bar: Progress | None = None
        if console.is_terminal and not quiet:
            self._bar = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(bar_width=40),
                MofNCompleteColumn(),
                TextColumn("{task.fields[told]}"),
                TimeRemainingColumn(),
                console=console,
            )
            self._task = self._bar.add_task(title, total=total, told="")

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, done: int, told: str = "") -> None:
        """So many are done; `told` is said beside it."""
        if self._bar is not None:
            self._bar.update(self._task, completed=done, told=told)
        elif not self._quiet and self._now() - self._told >= LOG_S:
            self._told = self._now()
            of = "" if self._total is None else f" of {self._total}"
            self._console.print(f"{self._title}: {done}{of} {told}".rstrip(), markup=False)
