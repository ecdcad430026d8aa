"""bench.json: an entry stands in it by its name, beside what is wrong with the answers that were timed.

An entry whose `detail` has texts under `worse_answers` got faster by answering worse: its bench fails.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench.origin import origin

NAME = "bench.json"
WORSE = "worse_answers"
Entry = dict[str, Any]


def read(path: Path) -> list[Entry]:
    """The entries at `path`; none where there is no file."""
    found: list[Entry] = json.loads(path.read_text()) if path.exists() else []
    return found


def write(entries: Sequence[Entry], path: Path) -> None:
    """`entries` and nothing else."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(entries, indent=1, ensure_ascii=False) + "\n")


def forget(names: Iterable[str], path: Path) -> None:
    """Take entries out, so that a bench that ends early leaves no figure of an earlier run behind."""
    gone = set(names)
    write([entry for entry in read(path) if entry["name"] not in gone], path)


def merge(entry: Entry, path: Path) -> None:
    """Put `entry` in, in the place of one with its name."""
    write([*(other for other in read(path) if other["name"] != entry["name"]), entry], path)


def finish(entries: Sequence[Entry], out: Path) -> int:
    """Write and print what a bench measured, when and where; the exit status, 1 where an answer got worse."""
    for entry in entries:
        merge(entry | {"measured": origin()}, out / NAME)
        print(json.dumps(entry, ensure_ascii=False))
    found = [f"{entry['name']}: {fault}" for entry in entries for fault in worse_answers(entry)]
    for fault in found:
        print(fault, file=sys.stderr)
    return 1 if found else 0


def worse_answers(entry: Mapping[str, Any]) -> list[str]:
    """What an entry says is wrong with its answers."""
    return list(entry["detail"].get(WORSE, ()))


def at_most(what: str, value: float, bound: float) -> list[str]:
    """The fault that `value` is, if it is one; NaN is."""
    return [] if value <= bound else [f"{what} is {value:.6g}, more than {bound:g}"]


def at_least(what: str, value: float, bound: float) -> list[str]:
    """The fault that `value` is, if it is one; NaN is."""
    return [] if value >= bound else [f"{what} is {value:.6g}, less than {bound:g}"]


def table(entries: Sequence[Entry], asked: Mapping[str, float], smaller: Iterable[str]) -> str:
    """All entries in lines: measured, the other arm, ours, what is asked and whether it is met.

    `smaller`: the names of which less is better.
    """
    less, rows = set(smaller), [("figure", "measured", "other arm", "ours", "asked", "")]
    for entry in sorted(entries, key=lambda entry: str(entry["name"])):
        name, value, bound = entry["name"], entry["value"], asked.get(entry["name"])
        met = bound is not None and (value <= bound if name in less else value >= bound)
        verdict = "worse answers" if worse_answers(entry) else "met" if met else "not met" if bound else ""
        arms = [_short(entry[arm]) for arm in ("baseline", "ours")]
        rows.append((name, f"{_short(value)} {entry['unit']}", *arms, _short(bound), verdict))
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place in {0, 5} else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _short(value: float | None) -> str:
    return "–" if value is None else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
