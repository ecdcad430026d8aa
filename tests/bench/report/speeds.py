"""The bench's figures beside what is asked of them. Pure."""

from collections.abc import Iterator
from typing import Any

from tests.bench.report.cells import Table, shown
from tests.bench.report.inputs import Inputs

WORSE = "worse_answers"  # in an entry's detail: what is wrong with the answers that were timed


def speeds(inputs: Inputs) -> Table:
    """A row for each entry; what is asked is met or not."""
    asked, smaller = inputs.published["asked"], set(inputs.published["smaller_is_better"])
    rows = []
    for entry in sorted(inputs.bench, key=lambda entry: str(entry["name"])):
        name, bound = entry["name"], asked.get(entry["name"])
        unit = {"x": "×", "share": ""}.get(entry["unit"], f" {entry['unit']}")
        met = "" if bound is None else _met(entry["value"], bound, smaller=name in smaller)
        met = "worse answers" if entry["detail"].get(WORSE) else met
        limits = ", ".join(f"{name} {shown(value)}" for name, value in limits_in(entry["detail"]))
        rows.append([
            name, f"{shown(entry['value'])}{unit}", shown(entry["baseline"]), shown(entry["ours"]),
            shown(bound), met, limits,
        ])  # fmt: skip
    heads = ["figure", "measured", "the other arm", "ours", "asked", "", "limits"]
    return Table(heads, rows, words=frozenset({5, 6}))


def limits_in(detail: Any, place: str = "") -> Iterator[tuple[str, float]]:
    """The numbers of an entry's details, however deep, whose names speak of a limit or a peak."""
    if isinstance(detail, dict):
        for key, value in detail.items():
            yield from limits_in(value, f"{place} {key}".strip())
    elif isinstance(detail, list):
        for value in detail:
            yield from limits_in(value, place)
    elif isinstance(detail, int | float) and any(word in place for word in ("limit", "peak")):
        yield place.replace("_", " "), float(detail)


def _met(value: float, bound: float, *, smaller: bool) -> str:
    return "met" if (value <= bound if smaller else value >= bound) else "not met"
