"""Which module measures which figures, and which options of `make bench` it is given. Pure."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DATA = frozenset({"--data"})
ROUNDS = frozenset({"--rounds"})
THREADS = frozenset({"--threads"})


@dataclass(frozen=True, slots=True)
class Module:
    """A module of this package, what it writes into bench.json, and what it can be told."""

    name: str
    figures: tuple[str, ...]
    options: frozenset[str]


MODULES = (
    Module(
        "search",
        (
            "search.exact_both_ends_speedup",
            "search.batch32_speedup",
            "search.both_over_one",
            "search.exactness",
        ),
        DATA | ROUNDS | THREADS,
    ),
    Module("search_scaling", (), ROUNDS),
    Module("embedding", ("embed.speedup", "embed.drift"), DATA | ROUNDS | THREADS),
    Module("decoding", ("decode.speedup", "decode.caption_speedup"), DATA | ROUNDS),
    # A round of this and of the gateway's is one query: five would be few.
    Module("kept_answers", ("cache.p50_ms",), frozenset()),
    Module("captioning", ("caption.speedup", "caption.ms"), DATA | ROUNDS | THREADS),
    Module("training", ("train.images_per_s",), DATA | ROUNDS),
    Module("gateway", ("gateway.tax_ms", "gateway.rps_ratio"), frozenset()),
    Module("serving", ("serve.batching_speedup",), ROUNDS),
    Module("ingesting", ("ingest.images_per_s",), ROUNDS),
    Module("start", ("start.first_answer_s",), ROUNDS),
    Module(
        "farthest", ("farthest.distinct", "farthest.top_share", "farthest.mean_percentile"), DATA | THREADS
    ),
)
# What the contract does not name; everything else it does.
BEYOND = ("decode.caption_speedup", "train.images_per_s", "start.first_answer_s")


def figures(modules: Iterable[Module] = MODULES) -> list[str]:
    """Every name that `modules` write."""
    return [name for module in modules for name in module.figures]


def missing(entries: Sequence[Mapping[str, Any]], modules: Iterable[Module] = MODULES) -> list[str]:
    """The names that `modules` should have written and did not, or not as a finite number."""
    found = {entry["name"] for entry in entries if math.isfinite(entry["value"])}
    return [name for name in figures(modules) if name not in found]


def grouped(arguments: Sequence[str]) -> dict[str, list[str]]:
    """`--rounds 5 --threads 1 2` by option. Raises ValueError for what belongs to none."""
    found: dict[str, list[str]] = {}
    values: list[str] | None = None
    for argument in arguments:
        if argument.startswith("--"):
            option, given, value = argument.partition("=")
            values = found.setdefault(option, [])
            values += [value] if given else []
        elif values is None:
            raise ValueError(f"{argument} belongs to no option")
        else:
            values.append(argument)
    return found


def told(module: Module, options: Mapping[str, Sequence[str]]) -> list[str]:
    """Of `options` what `module` takes, as its arguments."""
    taken = [name for name in options if name in module.options]
    return [part for name in taken for part in (name, *options[name])]


def untaken(options: Iterable[str], modules: Iterable[Module]) -> list[str]:
    """The options that none of `modules` takes."""
    taken = {option for module in modules for option in module.options}
    return [option for option in options if option not in taken]
