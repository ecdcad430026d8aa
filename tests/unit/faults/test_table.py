"""The fault table: every entry names a test, every row is explained, counts add up, failures show."""

import ast
import json
from pathlib import Path
from typing import Literal

import pytest

from tests.bench.record import keep_faults
from tests.e2e.faults.rows import ROWS, rows_of
from tests.e2e.faults.table import FaultTable

ROOT = Path(__file__).parents[3]
KILL = "kill -9 at any step of an ingest"
ENTRIES = sorted({entry for entries in ROWS.values() for entry in entries})


def names_in(module: Path) -> set[str]:
    """The names of a module's tests."""
    tree = ast.parse(module.read_text())
    functions = (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return {function.name for function in functions if function.name.startswith("test_")}


def report(
    outcome: Literal["passed", "failed", "skipped"],
    *properties: tuple[str, object],
    when: Literal["setup", "call", "teardown"] = "call",
) -> pytest.TestReport:
    """Of the kill test."""
    node = "tests/e2e/test_kill.py::test_nothing_acknowledged_is_lost"
    return pytest.TestReport(node, ("", 0, ""), {}, outcome, None, when, user_properties=properties)


def line_of(*reports: pytest.TestReport) -> str:
    """The row of the kill test after the reports."""
    table = FaultTable(Path("unwritten"), "make faults")
    for one in reports:
        table.pytest_runtest_logreport(one)
    return next(line for line in table.lines() if KILL in line)


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_entry_names_tests(entry: str) -> None:
    path, _, name = entry.partition("::")
    found = names_in(ROOT / path)
    assert name in found if name else found


def test_every_row_is_explained() -> None:
    text = (ROOT / "tests/README.md").read_text()
    assert [row for row in ROWS if f"| {row} |" not in text] == []


def test_a_test_of_a_module_and_of_a_parametrised_name() -> None:
    assert rows_of("tests/e2e/test_kill.py::test_nothing_acknowledged_is_lost") == [KILL]
    node = "tests/contract/gateway/test_missing_view.py::test_one_view_down_is_the_other_s_answer[drml-500]"
    assert rows_of(node) == ["a view killed, hung, answering 500 or nonsense"]
    assert rows_of("tests/contract/gateway/test_two_views.py::test_the_whole_answer") == []


def test_figures_add_up_by_their_words() -> None:
    first = report("passed", ("tried kills", 500), ("lost pictures", 0), ("elsewhere", 3))
    second = report("passed", ("tried kills", 700), ("tried pictures", 5))
    assert line_of(first, second) == (f"| {KILL} | 1,200 kills, 5 pictures, 2 tests | 0 pictures, 0 tests |")


def test_a_failure_shows_wherever_it_happens() -> None:
    line = line_of(report("failed", ("lost pictures", 2)), report("failed", when="teardown"))
    assert line == f"| {KILL} | 1 tests | 2 pictures, 2 tests |"


def test_what_was_not_tried_is_said() -> None:
    assert line_of() == f"| {KILL} | nothing | 0 |"
    assert line_of(report("skipped", when="setup")) == f"| {KILL} | nothing, 1 tests skipped | 0 |"


def test_what_was_tried_is_written_beside_earlier_rows_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "build/faults.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"disk full": {"measured": {"tests": 1}}, KILL: {"measured": {"kills": 1}}}))
    table = FaultTable(path, "make faults KILLS=3")
    table.pytest_runtest_logreport(report("passed", ("tried kills", 3), ("lost pictures", 0)))
    table.pytest_runtest_logreport(report("failed", ("tried kills", 3), ("lost pictures", 1)))
    table.write()
    found = json.loads(path.read_text())
    assert found.keys() == {"disk full", KILL}
    assert found[KILL]["measured"] == {"kills": 6, "tests": 2, "pictures lost": 1, "tests failed": 1}
    assert found[KILL]["recorded"]["command"] == "make faults KILLS=3"
    kept = tmp_path / "faults.json"
    kept.write_text(json.dumps({"soak": {"measured": {}}, "disk full": {"measured": {"tests": 0}}}))
    assert keep_faults(path.parent, tmp_path) == ["faults/disk full", f"faults/{KILL}"]
    assert json.loads(kept.read_text()) == {"soak": {"measured": {}}} | found
    assert keep_faults(tmp_path / "none", tmp_path) == []
