"""What was tried on purpose, and what was lost: runs that are kept, as no bench makes them. Pure."""

from tests.bench.record import short
from tests.bench.report.cells import Table
from tests.bench.report.inputs import Inputs

FILE = "faults"


def trials(inputs: Inputs) -> Table:
    """A row for each run in `measured/faults.json`."""
    rows = []
    for name, kept in inputs.others.items():
        file, _, trial = name.partition("/")
        if file == FILE and trial:
            where = kept["recorded"]
            came = ", ".join(f"{figure} {short(value)}" for figure, value in kept["measured"].items())
            at = f"{where['date']}, {where['machine']}, commit {where['commit']}"
            rows.append([cell.replace("_", " ") for cell in (trial, came)] + [at, where["command"]])
    return Table(["run", "tried and lost", "when and where", "command"], rows, words=frozenset({1, 2, 3}))
