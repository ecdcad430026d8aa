"""A wrong command line, told to programs too where they asked for `--json`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol, cast

import typer
from typer.core import TyperGroup

# Typer brings a click of its own in some versions: this is the class of either.
UsageError = cast(type[Exception], typer.BadParameter.__bases__[0])
_ASKED = "diversity_client.json"


class _Wrong(Protocol):
    def format_message(self) -> str: ...


class Commands(TyperGroup):
    """The program's commands. What is wrong with how they were called is one JSON document as well."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.meta[_ASKED] = "--json" in args
        with _telling(ctx):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        with _telling(ctx):
            return super().invoke(ctx)


@contextmanager
def _telling(ctx: Any) -> Iterator[None]:
    try:
        yield
    except UsageError as error:
        if ctx.meta[_ASKED]:
            said = cast(_Wrong, error).format_message()
            typer.echo(json.dumps({"error": {"type": "about:blank", "title": "Misused", "detail": said}}))
        raise
