"""Figures in documents are the measured ones, rounded as they are printed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.bench.record import HEADS, kept, short, speeds
from tests.contract.documents import prose
from tests.contract.documents.figures import TABLES, figure, sources
from tests.contract.documents.markdown import ROOT, Document, Table, documents, read
from tests.contract.documents.numerals import numbers, printed_as, wrong

README = read(ROOT / "README.md")
BENCH = kept().get("bench", {}).get("measured")
ASKED: Mapping[str, Any] = sources()["published"]["asked"]
SPEED = re.compile(r"`[a-z]+\.[a-z0-9_]+`")


def of_tables(document: Document) -> Iterator[str]:
    """Every figure of a table that is not the measured one, or, below the README's `Figures`, unknown."""
    for table in document.tables:
        known = TABLES.get(tuple(table.rows[0]))
        guarded = document.name == README.name and "Figures" in table.headings
        if known is not None or (guarded and not is_of_speeds(table)):
            for row in table.rows[1:]:
                why = _of_row(row, (known or {}).get(row[0]))
                yield from (f"{document.name}:{table.line}: {row[0]}: {one}" for one in why)


def _of_row(row: Sequence[str], expected: Sequence[str] | None) -> Iterator[str]:
    if expected is None:
        yield "nobody knows where it was measured"
        return
    for cell, pointers in zip(row[1:], expected, strict=True):
        yield from wrong(cell, pointers.split("; ") if pointers else [])


def is_of_speeds(table: Table) -> bool:
    """As `record` prints it, or with rows as the bench calls them."""
    return tuple(table.rows[0]) == HEADS or any(SPEED.match(row[0]) for row in table.rows)


def of_speeds(
    document: Document, bench: Sequence[Mapping[str, Any]] | None, asked: Mapping[str, Any]
) -> list[str]:
    """How the document's table of speeds differs, row by row, from the one that `record` prints of `bench`.

    Without a kept run (None) no document may have such a table; with one, it has every figure that is asked,
    or says of it that it was not measured.
    """
    tables = [table for table in document.tables if is_of_speeds(table)]
    if bench is None:
        return [
            f"{document.name}:{table.line}: there is no tests/bench/measured/bench.json" for table in tables
        ]
    if len(tables) != 1:
        return [f"{document.name} has {len(tables)} tables of speeds"]
    (printed,) = replace(document, text=speeds(bench, asked)).tables
    rows, expected = tables[0].rows, printed.rows
    return [
        *(f"{row} is not what was measured" for row in rows if row not in expected),
        *(f"{row} is not there" for row in expected if row not in rows),
        *(["the order is another"] if rows != expected and sorted(rows) == sorted(expected) else []),
    ]


def none_differ(differences: Sequence[str]) -> None:
    """All of them, a line each, where there are any."""
    if differences:
        pytest.fail("\n".join(differences), pytrace=False)


@pytest.mark.parametrize("document", documents(), ids=lambda document: document.name)
def test_every_figure_is_the_measured_one(document: Document) -> None:
    none_differ([*of_tables(document), *prose.different(document)])


def test_every_speed_is_the_measured_one() -> None:
    none_differ(of_speeds(README, BENCH, ASKED))


def test_documents_whose_sentences_are_compared_are_there() -> None:
    names = {document.name for document in documents()}
    assert not {*prose.PROSE, *prose.GUARDED} - names


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("| triplet accuracy | {right:.3f} | {untrained:.3f} | just under 0.99 |", []),
        (
            "| triplet accuracy | {wrong:.3f} | {untrained:.3f} | just under 0.99 |",
            ["{wrong:.3f} is printed, drml/triplet_accuracy"],
        ),
        ("| triplet accuracy | {right:.3f} of 1 | {untrained:.3f} | |", ["has 2 numbers, 1 are known"]),
        ("| mAP@10 | – | – | – |", []),
        ("| mAP@10 | – | – | 0.3 |", ["has 1 numbers, 0 are known"]),
        ("| taste | 1 | 2 | 3 |", ["nobody knows where it was measured"]),
    ],
)
def test_a_wrong_figure_is_found(row: str, said: list[str]) -> None:
    right, untrained = figure("drml/triplet_accuracy"), figure("drml/untrained_triplet_accuracy")
    values = {"right": right, "wrong": right + 0.001, "untrained": untrained}
    head = "| figure | starter | untrained | the report |\n|---|---|---|---|"
    text = f"# Figures\n\n{head}\n{row.format(**values)}\n"
    found = list(of_tables(replace(README, text=text)))
    assert len(found) == len(said)
    assert all(expected.format(**values) in one for expected, one in zip(said, found, strict=True))


def test_a_table_below_figures_that_nobody_knows_is_found() -> None:
    text = "# Figures\n\n| figure | value |\n|---|---|\n| a query, times faster | 81 |\n"
    assert "nobody knows where it was measured" in "".join(of_tables(replace(README, text=text)))
    assert list(of_tables(replace(README, text=text.replace("Figures", "Use")))) == []


ENTRIES: list[dict[str, Any]] = [
    {"name": "cache.p50_ms", "value": 1.504, "unit": "ms", "baseline": 40.25},
    {"name": "search.exactness", "value": 0.99996, "unit": "share", "baseline": None},
]
BOUNDS = {"source": "somebody", "cache.p50_ms": 2, "search.exactness": 1}
SPEEDS = """# Figures

| figure | measured | the other arm | asked |
|---|---:|---:|---:|
| `cache.p50_ms` | 1.5 ms | 40.2 | 2 |
| `search.exactness` | 0.99996 | – | 1 |
"""


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("", "", []),
        ("1.5 ms", "1.4 ms", ["is not what was measured", "is not there"]),
        ("40.2", "40.3", ["is not what was measured", "is not there"]),
        ("– | 1 ", "– | 0.9 ", ["is not what was measured", "is not there"]),
        ("`cache.p50_ms`", "kept answers", ["is not what was measured", "is not there"]),
        ("| `search.exactness` | 0.99996 | – | 1 |\n", "", ["is not there"]),
        ("1.5 ms | 40.2 | 2 |", "1.5 ms | 40.2 | 2 |\n| `made.up_ms` | 1 ms | – | – |", ["is not what was"]),
        ("| `", "| ", ["is not what was measured"] * 2 + ["is not there"] * 2),
        (SPEEDS, "# Figures\n", ["has 0 tables of speeds"]),
        ("# Figures", SPEEDS, ["has 2 tables of speeds"]),
    ],
)
def test_the_table_of_speeds_is_the_one_that_is_printed(before: str, after: str, said: list[str]) -> None:
    found = of_speeds(
        replace(README, text=SPEEDS.replace(before, after) if before else SPEEDS), ENTRIES, BOUNDS
    )
    assert len(found) == len(said)
    assert all(expected in one for expected, one in zip(said, found, strict=True))


def test_without_a_kept_run_there_is_no_table_of_speeds() -> None:
    (said,) = of_speeds(replace(README, text=SPEEDS), None, BOUNDS)
    assert "there is no tests/bench/measured/bench.json" in said
    assert of_speeds(replace(README, text="# Figures\n"), None, BOUNDS) == []


def test_a_kept_run_without_a_figure_that_is_asked_is_found() -> None:
    found = of_speeds(replace(README, text=SPEEDS), ENTRIES, BOUNDS | {"embed.speedup": 3})
    assert found == ["['`embed.speedup`', 'not measured', '–', '3'] is not there"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# Figures\n\nIt is {right:.3f}\nright.\n", []),
        ("# Figures\n\nIt is {wrong:.3f} right.\n", ["is printed, drml/triplet_accuracy is"]),
        ("# Figures\n\nIt is about right.\n", ["stands 0 times"]),
        ("# Figures\n\nIt is {right:.3f} right. It is {right:.3f} right.\n", ["stands 2 times"]),
        ("# Figures\n\nIt is {right:.3f} right, in 7 s.\n", ["nobody compares '7 s'"]),
        ("# Figures\n\n- It is {right:.3f} right.\n- Of all, 3 %.\n", ["nobody compares '3 %'"]),
        ("# Figures\n\n## Speed\n\nIt is {right:.3f} right, once 0.5.\n", ["nobody compares '0.5'"]),
        ("# Figures\n\nIt is {right:.3f} right, of 200 in 21 epochs.\n", []),
        ("# Figures\n\nIt is {right:.3f} right.\n\n# Use\n\nIn 7 s.\n", []),
    ],
)
def test_a_wrong_figure_of_a_sentence_is_found(
    monkeypatch: pytest.MonkeyPatch, text: str, said: list[str]
) -> None:
    monkeypatch.setattr(prose, "PROSE", {README.name: {"It is # right": "drml/triplet_accuracy"}})
    right = figure("drml/triplet_accuracy")
    found = list(prose.different(replace(README, text=text.format(right=right, wrong=right + 0.001))))
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
    "value", [0.0, 2e-7, 0.00049, 0.00123, 0.85, 0.99996, 1.0, 1.155, 13.64, 99.96, 465.4, 12_345.6]
)
def test_the_table_that_is_printed_for_the_page_agrees_with_itself(value: float) -> None:
    ((number, percent),) = numbers(short(value))
    assert printed_as(value, number, percent=percent)
    assert value == 1 or number != "1"
