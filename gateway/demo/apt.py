"""A Debian package's file, downloaded with apt without root and without installing anything."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from demo.failures import DemoFailed


class Run(Protocol):
    """Runs a command in a folder and returns its exit status; shows its output if asked to."""

    def __call__(self, command: Sequence[str], folder: Path, *, shown: bool) -> int: ...


def run_command(command: Sequence[str], folder: Path, *, shown: bool) -> int:
    """`Run` by a child process."""
    output = None if shown else subprocess.DEVNULL
    return subprocess.run(command, cwd=folder, stdout=output, stderr=output, check=False).returncode


# Root's apt would drop to a user that may not write where the demo keeps things.
_AS_CALLER = ("-o", "APT::Sandbox::User=root")


def has_apt() -> bool:
    """Whether this machine has Debian's tools."""
    return all(shutil.which(tool) for tool in ("apt-get", "dpkg-deb"))


def download(package: str, folder: Path, run: Run = run_command) -> Path:
    """Download `package` into `folder`; returns the .deb, whose signature chain apt has checked.

    Where the machine's package lists are missing or too old, fresh ones are fetched into `folder` (the
    machine's own are left alone; changing those would need root).

    Raises DemoFailed if the mirrors cannot be reached or do not have it.
    """
    fetch = ["apt-get", *_AS_CALLER, "download", package]
    known = run([*fetch, "--print-uris"], folder, shown=False) == 0
    if not (known and run(fetch, folder, shown=True) == 0):
        print(
            "This machine's package lists are missing or old; fetching fresh ones for this once.", flush=True
        )
        lists = _private_lists(folder)
        if run(["apt-get", *_AS_CALLER, *lists, "update"], folder, shown=True) != 0:
            raise DemoFailed("apt could not fetch Debian's package lists.")
        if run([*fetch, *lists], folder, shown=True) != 0:
            raise DemoFailed(f"apt could not download {package} (in Debian's section main).")
    packages = sorted(folder.glob(f"{package}_*.deb"))
    if not packages:
        raise DemoFailed(f"apt reported success but left no file of {package}.")
    return packages[-1]


def _private_lists(folder: Path) -> list[str]:
    """apt options that keep lists and caches under `folder`."""
    lists, cache = folder / "apt/lists", folder / "apt/cache"
    for place in (lists / "partial", cache / "archives/partial"):
        place.mkdir(parents=True, exist_ok=True)
    return ["-o", f"Dir::State::Lists={lists}", "-o", f"Dir::Cache={cache}"]
