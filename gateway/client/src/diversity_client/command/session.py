"""What every command has: a way to the gateway, two screens, exit codes."""

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, ParamSpec, Protocol, cast

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from diversity_client.client import Client
from diversity_client.errors import (
    ClientError,
    Forbidden,
    Misused,
    NotReady,
    Problem,
    TooManyRequests,
    Unauthorised,
    Unreachable,
)
from diversity_client.retrying import Retries
from diversity_client.sources.captions import visible

P = ParamSpec("P")
# Somebody waits for the answer; an ingest is more patient.
QUICK = Retries(attempts=4, patience_s=10.0)
UNATTENDED_WIDTH = 160  # columns of a table that goes into a file or a pipe


class Exit(IntEnum):
    """How a command ends."""

    OK = 0
    FAILED = 1  # the gateway refused or failed, or doctor found something
    USAGE = 2  # the command line is wrong; nothing was sent
    SOME_REFUSED = 3  # the ingest is complete but for some pictures
    UNREACHABLE = 4  # no gateway answers, or it stays too busy
    KEY = 5  # no key, an unknown one, or one that does not allow this
    INTERRUPTED = 130  # Ctrl-C, as shells count it


class Connect(Protocol):
    """Makes the client of a command."""

    def __call__(self, url: str | None, *, key: str | None, timeout_s: float, retries: Retries) -> Client: ...


def _screen(*, stderr: bool = False) -> Console:
    console = Console(stderr=stderr, highlight=False)
    return console if console.is_terminal else Console(stderr=stderr, highlight=False, width=UNATTENDED_WIDTH)


@dataclass(slots=True)
class Session:
    """One run of the command line."""

    connect: Connect
    out: Console = field(default_factory=_screen)
    err: Console = field(default_factory=lambda: _screen(stderr=True))
    is_json: bool = False

    def client(self, url: str | None, key: str | None, timeout_s: float, retries: Retries = QUICK) -> Client:
        """Raises Misused for an address or a key that cannot be one."""
        return self.connect(url, key=key, timeout_s=timeout_s, retries=retries)

    def json(self, value: object) -> None:
        """One JSON document on standard output."""
        typer.echo(json.dumps(value, ensure_ascii=False))

    def table(
        self, columns: list[str], rows: list[list[object]], *, right: frozenset[str] = frozenset()
    ) -> None:
        """A table on standard output. Cells are plain text, whatever they hold."""
        grid = Table(box=None, header_style="bold", pad_edge=False)
        for column in columns:
            grid.add_column(column, justify="right" if column in right else "left", overflow="fold")
        for row in rows:
            grid.add_row(*(Text(visible(cell_text(cell))) for cell in row))
        self.out.print(grid)

    def say(self, text: str) -> None:
        """A line on standard output."""
        self.out.print(Text(visible(text)))

    def complain(self, text: str) -> None:
        """A line on standard error."""
        self.err.print(Text(visible(text)))


def cell_text(value: object) -> str:
    """A value as a table shows it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def exit_code(error: ClientError) -> Exit:
    """How a command ends that failed with `error`."""
    if isinstance(error, Misused):
        return Exit.USAGE
    if isinstance(error, Unauthorised | Forbidden):
        return Exit.KEY
    if isinstance(error, Unreachable | TooManyRequests | NotReady):
        return Exit.UNREACHABLE
    return Exit.FAILED


def told(error: ClientError) -> dict[str, Any]:
    """An error for machines."""
    if isinstance(error, Problem):
        return error.document.model_dump(exclude_unset=True)
    return {"type": "about:blank", "title": type(error).__name__, "detail": str(error)}


def reporting(command: Callable[P, None]) -> Callable[P, None]:
    """`command`, which has a `context`, with an error told and turned into an exit code."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except ClientError as error:
            session = cast(typer.Context, kwargs["context"]).obj
            if session.is_json:
                session.json({"error": told(error)})
            session.complain(f"diversity: {error}")
            raise typer.Exit(exit_code(error)) from error

    return run
