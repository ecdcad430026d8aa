"""A pytest plugin that prints the fault table, what was tried and what was lost, and writes it.

A test says what it tried by properties of its report, `record_property("tried kills", 500)` and
`record_property("lost pictures", 0)`; the figures of one row are added up by their words. A test that says
nothing counts as itself.
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.bench.origin import commit, machine
from tests.e2e.faults.rows import ROWS, rows_of


@dataclass
class Row:
    """What came of one fault."""

    tried: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    skipped: int = 0

    def add(self, report: pytest.TestReport) -> None:
        """One report: a failure of setting up or of tearing down is a failure of the test."""
        if report.skipped:
            self.skipped += 1
            return
        if report.when == "call":
            self.tried["tests"] += 1
            for name, value in report.user_properties:
                kind, _, what = name.partition(" ")
                if kind in {"tried", "lost"} and isinstance(value, int):
                    (self.tried if kind == "tried" else self.lost)[what] += value
        self.lost["tests"] += report.failed

    def figures(self) -> dict[str, int]:
        """Both, each count by its words."""
        lost = {f"{what} lost" if what != "tests" else "tests failed": n for what, n in self.lost.items()}
        return {**dict(sorted(self.tried.items())), **dict(sorted(lost.items()))}

    def cells(self) -> tuple[str, str]:
        """What was tried, and what was lost."""
        tried = _said(self.tried) if self.tried else "nothing"
        if self.skipped:
            tried += f", {self.skipped} tests skipped"
        return tried, _said(self.lost)


class FaultTable:
    """The plugin.

    Args:
        path: where each row that was tried is written, beside those that earlier runs left there.
        command: what was asked for, written with them.
    """

    def __init__(self, path: Path, command: str) -> None:
        self.rows = {name: Row() for name in ROWS}
        self._path, self._command = path, command

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a report."""
        for name in rows_of(report.nodeid):
            self.rows[name].add(report)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the table."""
        terminalreporter.section("faults")
        for line in self.lines():
            terminalreporter.write_line(line)
        self.write()

    def write(self) -> None:
        """Merge into the file what was tried."""
        found: dict[str, Any] = json.loads(self._path.read_text()) if self._path.exists() else {}
        recorded = {
            "date": datetime.now(UTC).date().isoformat(),
            "commit": commit(),
            "machine": machine(),
            "command": self._command,
        }
        for name, row in self.rows.items():
            if row.tried:
                found[name] = {"recorded": recorded, "measured": row.figures()}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")

    def lines(self) -> list[str]:
        """The table as Markdown."""
        head = ["| fault | tried | lost or failed |", "|---|---|---|"]
        return head + [f"| {name} | {' | '.join(row.cells())} |" for name, row in self.rows.items()]


def _said(counts: Counter[str]) -> str:
    """Counts in words, the tests last; what was counted and came to nothing is said too."""
    order = sorted(counts, key=lambda what: (what == "tests", what))
    return ", ".join(f"{counts[what]:,} {what}" for what in order) or "0"
