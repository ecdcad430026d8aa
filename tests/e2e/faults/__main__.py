"""Runs every test of the fault table, light and heavy: `python -m tests.e2e.faults [pytest's arguments]`."""

import sys

import pytest

from tests.e2e.faults.rows import ROWS
from tests.e2e.faults.table import FaultTable


def main() -> int:
    """The exit status of pytest."""
    nodes = dict.fromkeys(node for entries in ROWS.values() for node in entries)
    return int(pytest.main([*nodes, "-m", "", *sys.argv[1:]], plugins=[FaultTable()]))


if __name__ == "__main__":
    sys.exit(main())
