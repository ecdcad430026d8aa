"""Whether eight-bit sums may be cut off, by what a processor says of itself."""

from pathlib import Path

import pytest

from drml_service.processor import sums_are_wide


@pytest.mark.parametrize(
    ("flags", "wide"),
    [
        ("fpu sse4_2 avx2 avx512_vnni", True),
        ("fpu avx2 avx_vnni", True),
        ("fpu amx_tile amx_int8", True),
        ("fpu avx2 avx512f avx512bw", False),
        ("avx512_vnni_of_the_future", False),
        ("", False),
    ],
)
def test_flags(tmp_path: Path, flags: str, wide: bool) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    core = f"processor\t: 0\nmodel name\t: avx512_vnni\nflags\t\t: {flags}\n"
    cpuinfo.write_text(core + "\n" + core)
    assert sums_are_wide(cpuinfo, "x86_64") is wide
    assert sums_are_wide(cpuinfo, "AMD64") is wide
    assert sums_are_wide(cpuinfo, "aarch64")


def test_a_processor_that_does_not_say(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text("processor: 0\n")
    assert not sums_are_wide(tmp_path / "cpuinfo", "x86_64")
    assert not sums_are_wide(tmp_path / "nothing", "x86_64")
    assert sums_are_wide(tmp_path / "nothing", "arm64")
