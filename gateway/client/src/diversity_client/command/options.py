"""The options that several commands take, and how their texts are read. Nothing is sent from here."""

import json
from collections.abc import Sequence
from typing import Annotated

import typer

from diversity_client.asking import FilterValue, Seen
from diversity_client.settings import DEFAULT_URL, KEY, URL

_WHERE = "Which gateway"
Url = Annotated[
    str | None,
    typer.Option("--url", help=f"Its address; else {URL}, else {DEFAULT_URL}.", rich_help_panel=_WHERE),
]
Key = Annotated[
    str | None,
    typer.Option(
        "--key",
        help=f"An API key; else {KEY}, which other users of the machine do not see.",
        rich_help_panel=_WHERE,
    ),
]
Timeout = Annotated[
    float,
    typer.Option("--timeout", min=0.1, help="Seconds that a reply may take.", rich_help_panel=_WHERE),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, for programs.")]
TIMEOUT_S = 60.0


def read_views(text: str) -> list[str]:
    """`drml,caption`."""
    return [name.strip() for name in text.split(",")]


def read_weights(text: str) -> dict[str, float]:
    """`drml:0.7,caption:0.3`."""
    weights = {}
    for piece in text.split(","):
        name, colon, number = piece.partition(":")
        if not colon:
            raise typer.BadParameter("weights read like drml:0.7,caption:0.3", param_hint="--weights")
        weights[name.strip()] = _number(number, "--weights")
    return weights


def read_band(text: str) -> tuple[float, float]:
    """`0.80-0.95`."""
    low, dash, high = text.partition("-")
    if not dash:
        raise typer.BadParameter("a band reads like 0.80-0.95", param_hint="--band")
    return _number(low, "--band"), _number(high, "--band")


def read_seen(texts: Sequence[str]) -> list[Seen]:
    """Ids, each with a weight behind its last colon if that is a number: `food/vegetables/corn:0.5`."""
    seen: list[Seen] = []
    for text in texts:
        image_id, colon, number = text.rpartition(":")
        try:
            seen.append((image_id, float(number)) if colon else text)
        except ValueError:
            seen.append(text)
    return seen


def read_filter(texts: Sequence[str]) -> dict[str, list[FilterValue]]:
    """`class=fish`, a text; `year:=1984`, JSON. One key several times: one of the values."""
    wanted = dict[str, list[FilterValue]]()
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip(":"):
            raise typer.BadParameter("a filter reads like class=fish or year:=1984", param_hint="--filter")
        wanted.setdefault(key.removesuffix(":"), []).append(
            _json_value(value) if key.endswith(":") else value
        )
    return wanted


def _number(text: str, hint: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a number", param_hint=hint) from error


def _json_value(text: str) -> FilterValue:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, str | int | float | bool):
        raise typer.BadParameter(f"{text!r} is no text, number, true or false", param_hint="--filter")
    return value
