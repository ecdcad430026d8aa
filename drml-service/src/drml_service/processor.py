"""How wide the sums of eight-bit products are on this processor.

Without an instruction that adds them up in 32 bits (VNNI, AMX), pairs of products are added in 16, and a pair
that goes past that is cut off: the numbers are others, and how near they are depends on the picture.
"""

import platform
from pathlib import Path

_X86 = frozenset({"x86_64", "amd64", "i386", "i686"})
_WIDE = frozenset({"avx512_vnni", "avx_vnni", "avx_vnni_int8", "amx_int8"})
CPUINFO = Path("/proc/cpuinfo")


def sums_are_wide(cpuinfo: Path = CPUINFO, machine: str | None = None) -> bool:
    """Whether none can be cut off: not where an x86 processor does not say. Others add up in 32 bits."""
    if (machine or platform.machine()).lower() not in _X86:
        return True
    try:
        lines = cpuinfo.read_text().splitlines()
    except OSError:
        return False
    flags = next((line for line in lines if line.startswith("flags")), "")
    return not _WIDE.isdisjoint(flags.partition(":")[2].split())
