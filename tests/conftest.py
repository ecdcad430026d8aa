"""What every test session shares: one thread a numeric library, repeatable runs, no TLS, an order."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadFileScheduling

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

ROOMS = ("unit", "contract", "model", "e2e")  # from the quick to the slow
# Its files share one rehearsal of the job, 25 s of a core: one worker has them all.
ONE_WORKER = "tests/model/caption_job/"


def pytest_configure(config: pytest.Config) -> None:
    """Side by side, files start in the order they are collected in.

    By itself xdist begins with the files of most tests, and those are quick: a file that is one long test
    then starts among the last and leaves the other workers idle.
    """
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: "Producer") -> "LoadFileScheduling":
    """A file goes to one worker, as with `--dist loadfile`; so do some files together."""
    from xdist.scheduler import LoadFileScheduling

    scheduling = LoadFileScheduling(config, log)
    of_file = scheduling._split_scope
    scheduling._split_scope = lambda node: ONE_WORKER if node.startswith(ONE_WORKER) else of_file(node)
    return scheduling


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """One after the other, the quick rooms come first. Side by side the slow ones do, a file of the
    end-to-end tests and one of the models' in turn: those wait for processes, these compute.
    """
    here = Path(__file__).parent

    def room(item: pytest.Item) -> int:
        name = item.path.relative_to(here).parts[0] if item.path.is_relative_to(here) else ""
        return ROOMS.index(name) if name in ROOMS else -1

    if not hasattr(config, "workerinput"):
        items.sort(key=room)
        return
    files = {
        kind: list(dict.fromkeys(i.path for i in items if room(i) == kind)) for kind in range(-1, len(ROOMS))
    }
    turn = {path: place / len(paths) for paths in files.values() for place, path in enumerate(paths)}
    slow = ROOMS.index("model")
    items.sort(key=lambda item: (-min(room(item), slow), turn[item.path], item.path))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """A failure is named when it happens: a run that is stopped from outside prints no summary."""
    if report.failed and os.environ.get("CI") and "PYTEST_XDIST_WORKER" not in os.environ:
        print(f"\nfailed: {report.nodeid} ({report.when})\n{report.longreprtext[-1500:]}", flush=True)
