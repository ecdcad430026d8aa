"""The README's figures are the measured ones, rounded as they are printed."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.bench.record import short
from tests.contract.documents.figures import NOT_KEPT, TABLES, Row, figure
from tests.contract.documents.markdown import ROOT, Document, Table, read

README = read(ROOT / "README.md")
NUMBER = re.compile(r"(\d[\d,]*(?:\.\d+)?)( ?%)?")
NAME = re.compile(r"^`([a-z]+\.[a-z0-9_]+)`")
SPEEDS: Row = ("bench/{0}/value", "bench/{0}/baseline", "published/asked/{0}")


def numbers(cell: str) -> list[tuple[str, bool]]:
    """The numbers of a cell as they are printed, each with whether it is a percentage."""
    return [(number, bool(percent)) for number, percent in NUMBER.findall(cell)]


def printed_as(value: float, number: str, *, percent: bool) -> bool:
    """Whether `number` is `value` rounded to as many digits as it has."""
    digits = len(number.partition(".")[2])
    # Half a unit of the last digit, and what a binary fraction may be off by.
    allowed = 0.5 * 10.0**-digits * (1 + 1e-9)
    return abs(value * (100 if percent else 1) - float(number.replace(",", ""))) <= allowed


def different(document: Document) -> Iterator[str]:
    """Every figure of the tables below `Figures` that is not the measured one, or that nobody compares."""
    for table in document.tables:
        if "Figures" in table.headings:
            for row in table.rows[1:]:
                yield from (f"{document.name}:{table.line}: {row[0]}: {why}" for why in _wrong(table, row))


def _wrong(table: Table, row: list[str]) -> Iterator[str]:
    if row[0] in NOT_KEPT:
        return
    rows = TABLES.get(tuple(table.rows[0]), {})
    if named := NAME.match(row[0]):
        expected: Row = tuple(form.format(named[1]) for form in SPEEDS)
    elif row[0] in rows:
        expected = rows[row[0]]
    else:
        yield "nobody knows where it was measured"
        return
    for cell, pointers in zip(row[1:], expected, strict=True):
        found, wanted = numbers(cell), pointers.split("; ") if pointers else []
        if found and len(found) != len(wanted):
            yield f"{cell!r} has {len(found)} numbers, {len(wanted)} are known"
            continue
        for (number, percent), pointer in zip(found, wanted, strict=False):
            try:
                value = figure(pointer)
            except KeyError:
                yield f"{pointer} was not measured"
                continue
            if not printed_as(value, number, percent=percent):
                yield f"{number} is printed, {pointer} is {value}"


def test_every_figure_is_the_measured_one() -> None:
    assert list(different(README)) == []


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("| triplet accuracy | 0.901 | 0.569 | just under 0.99 |", []),
        (
            "| triplet accuracy | 0.902 | 0.569 | just under 0.99 |",
            ["0.902 is printed, drml/triplet_accuracy"],
        ),
        ("| triplet accuracy | 0.9 of 1 | 0.569 | |", ["has 2 numbers, 1 are known"]),
        ("| mAP@10 | 0.25 | 0.008 | – |", []),
        ("| mAP@10 | 0.25 | 0.008 | 0.3 |", ["has 1 numbers, 0 are known"]),
        ("| taste | 1 | 2 | 3 |", ["nobody knows where it was measured"]),
        ("| `cache.nothing_ms` | 1 | – | – |", ["bench/cache.nothing_ms/value was not measured"]),
        ("| `cache.nothing_ms` | – | – | 3 |", ["published/asked/cache.nothing_ms was not measured"]),
    ],
)
def test_a_wrong_figure_is_found(row: str, said: list[str]) -> None:
    text = f"# Figures\n\n| figure | starter | untrained | the report |\n|---|---|---|---|\n{row}\n"
    found = list(different(replace(README, text=text)))
    assert len(found) == len(said)
    assert all(expected in one for expected, one in zip(said, found, strict=True))


@pytest.mark.parametrize(
    ("value", "number", "percent", "is_it"),
    [
        (0.90102, "0.901", False, True),
        (0.9015, "0.901", False, True),
        (0.90151, "0.901", False, False),
        (0.019, "1.9", True, True),
        (0.0196, "1.9", True, False),
        (2545.0, "2,545", False, True),
        (2545.0, "2,546", False, False),
    ],
)
def test_a_number_is_compared_as_it_is_printed(value: float, number: str, percent: bool, is_it: bool) -> None:
    assert printed_as(value, number, percent=percent) is is_it


@pytest.mark.parametrize(
    "value", [0.0, 2e-7, 0.00049, 0.00123, 0.85, 1.0, 1.155, 13.64, 99.96, 465.4, 12_345.6]
)
def test_the_table_that_is_printed_for_the_page_agrees_with_itself(value: float) -> None:
    ((number, percent),) = numbers(short(value))
    assert printed_as(value, number, percent=percent)


def test_tables_outside_the_figures_are_not_compared() -> None:
    text = (
        "# Use\n\n| figure | starter | untrained | the report |\n|---|---|---|---|\n| taste | 1 | 2 | 3 |\n"
    )
    assert list(different(replace(README, text=text))) == []
