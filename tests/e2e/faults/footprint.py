"""What a process holds of the machine: memory that is really there, open files."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Footprint:
    """Resident memory in MB, and file descriptors."""

    memory_mb: float
    files: int


def footprint(pid: int) -> Footprint:
    """Of a running process."""
    process = Path(f"/proc/{pid}")
    resident = next(
        line for line in (process / "status").read_text().splitlines() if line.startswith("VmRSS")
    )
    return Footprint(float(resident.split()[1]) / 1024, len(list((process / "fd").iterdir())))
