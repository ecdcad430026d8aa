"""Runs every test of the fault table, light and heavy: `python -m tests.e2e.faults [pytest's arguments]`."""

import os
import sys
from pathlib import Path

import pytest

from tests.e2e.faults.rows import ROWS
from tests.e2e.faults.table import FaultTable

WRITTEN = Path("build/faults.json")
COUNTS = (
    "KILLS",
    "INGEST_KILLS",
    "PUBLISH_KILLS",
    "INGEST_PICTURES",
    "SCHEMATHESIS_EXAMPLES",
    "SOAK_S",
    "ARTIFACTS",
)


def asked() -> str:
    """The command that does the same again."""
    counts = [f"{name}={os.environ[name]}" for name in COUNTS if name in os.environ]
    picked = [f'ARGS="{" ".join(sys.argv[1:])}"'] if sys.argv[1:] else []
    return " ".join(["make faults", *counts, *picked])


def main() -> int:
    """The exit status of pytest."""
    nodes = dict.fromkeys(node for entries in ROWS.values() for node in entries)
    return int(pytest.main([*nodes, "-m", "", *sys.argv[1:]], plugins=[FaultTable(WRITTEN, asked())]))


if __name__ == "__main__":
    sys.exit(main())
