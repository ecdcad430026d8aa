"""What every test session shares: one thread a numeric library, repeatable runs, no TLS, an order."""

import os
from pathlib import Path

import pytest

# Set before the first import of torch, faiss or numpy: on two cores shared with child processes, one
# thread each is faster than all of them spinning, and results do not depend on the machine's core count.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# No test speaks TLS, and to read this machine's authorities costs 25 ms for every client that is made. A
# folder without certificates is read in no time.
os.environ.pop("SSL_CERT_FILE", None)
os.environ["SSL_CERT_DIR"] = str(Path(__file__).parent / "unit")

from hypothesis import settings

settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")

SLOWEST_FIRST = ("e2e", "model", "contract", "unit")


def pytest_configure(config: pytest.Config) -> None:
    """Side by side, files start in the order they are collected in.

    By itself xdist begins with the files of most tests, and those are quick: a file that is one long test
    then starts among the last and leaves the other workers idle.
    """
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Side by side, the slow rooms come first; one after the other, the quick ones do."""
    rooms = [*SLOWEST_FIRST] if hasattr(config, "workerinput") else [*reversed(SLOWEST_FIRST)]
    here = Path(__file__).parent

    def place(item: pytest.Item) -> int:
        room = item.path.relative_to(here).parts[0] if item.path.is_relative_to(here) else ""
        return rooms.index(room) if room in rooms else len(rooms)

    items.sort(key=place)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """A failure is named when it happens: a run that is stopped from outside prints no summary."""
    if report.failed and os.environ.get("CI") and "PYTEST_XDIST_WORKER" not in os.environ:
        print(f"\nfailed: {report.nodeid} ({report.when})\n{report.longreprtext[-1500:]}", flush=True)
