"""What a process holds of the machine: memory that is really there, open files, threads."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Footprint:
    """Resident memory in MB, file descriptors, threads."""

    memory_mb: float
    files: int
    threads: int


def footprint(pid: int) -> Footprint:
    """Of a running process."""
    process = Path(f"/proc/{pid}")
    lines = (process / "status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    resident = int(status["VmRSS"].split()[0])
    return Footprint(resident / 1024, len(list((process / "fd").iterdir())), int(status["Threads"]))
