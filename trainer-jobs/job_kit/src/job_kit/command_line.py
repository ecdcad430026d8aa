"""Knobs of a step as command-line options: one option per field of its dataclass."""

import argparse
from dataclasses import asdict, fields, replace
from typing import Any, TypeVar

K = TypeVar("K")


def add_knobs(parser: argparse.ArgumentParser, defaults: Any) -> None:
    """`--field-name` with the field's type and default; a flag becomes `--field` and `--no-field`."""
    for name, default in asdict(defaults).items():
        option = f"--{name.replace('_', '-')}"
        if isinstance(default, bool):
            parser.add_argument(option, action=argparse.BooleanOptionalAction, default=default)
        else:
            parser.add_argument(option, type=type(default), default=default, help=f"default: {default}")


def knobs_from(values: argparse.Namespace, defaults: K) -> K:
    """The defaults, replaced by what was given."""
    names = [field.name for field in fields(defaults)]  # type: ignore[arg-type]  # every knobs class is a dataclass
    return replace(defaults, **{name: getattr(values, name) for name in names})  # type: ignore[type-var]
