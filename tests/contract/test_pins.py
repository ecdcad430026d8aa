"""Every dependency is pinned exactly, and the same wherever it is named; a library asks for ranges."""

import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
OWN = {
    "diversity-client",
    "diversity-contracts",
    "diversity-gateway",
    "drml-service",
    "caption-service",
    "drml-job",
    "caption-job",
    "job-kit",
}
# To be installed beside other things: ranges, which hold the version that is pinned for the tests.
LIBRARIES = {"diversity-client"}
PYPROJECTS = sorted(
    path for pattern in ("*/pyproject.toml", "*/*/pyproject.toml") for path in ROOT.glob(pattern)
)
REQUIREMENTS = sorted((ROOT / ".requirements").glob("*.txt"))


def named_in_pyproject(text: str) -> Iterator[Requirement]:
    """What a pyproject asks for: to build, to run, in its extras."""
    project = tomllib.loads(text)
    asked = [*project["build-system"]["requires"]]
    if project["project"]["name"] in LIBRARIES:
        return (Requirement(line) for line in asked)
    asked += project["project"].get("dependencies", [])
    for extra in project["project"].get("optional-dependencies", {}).values():
        asked += extra
    return (Requirement(line) for line in asked)


def ranges_in_pyproject(text: str) -> Iterator[Requirement]:
    """What a library asks for to run, and in its extras; nothing of another project."""
    project = tomllib.loads(text)["project"]
    if project["name"] in LIBRARIES:
        for line in [*project["dependencies"], *chain(*project["optional-dependencies"].values())]:
            yield Requirement(line)


def out_of_range(asked: Iterator[Requirement], constraints: dict[str, str]) -> list[str]:
    """What is not bounded on both sides, or does not hold the version that is tested."""
    return [
        str(one)
        for one in asked
        if {bound.operator for bound in one.specifier} != {">=", "<"}
        or constraints.get(canonicalize_name(one.name), "0") not in one.specifier
    ]


def named_in_requirements(text: str) -> Iterator[Requirement]:
    """What a requirements file asks for."""
    for line in text.splitlines():
        if line and not line.startswith(("#", "-r ")):
            yield Requirement(line)


def pins(asked: Iterator[Requirement]) -> dict[str, str]:
    """The version of each package asked for; ValueError for one that is not pinned exactly."""
    versions: dict[str, str] = {}
    for requirement in asked:
        name = canonicalize_name(requirement.name)
        specifiers = list(requirement.specifier)
        if name in OWN:
            continue
        if len(specifiers) != 1 or specifiers[0].operator != "==" or "*" in specifiers[0].version:
            raise ValueError(f"{requirement} is not pinned")
        versions[name] = specifiers[0].version
    return versions


@pytest.fixture(scope="module")
def constraints() -> dict[str, str]:
    return pins(named_in_requirements((ROOT / ".requirements/constraints.txt").read_text()))


def test_every_package_of_the_project_is_looked_at() -> None:
    names = {tomllib.loads(path.read_text())["project"]["name"] for path in PYPROJECTS}
    assert names == OWN


@pytest.mark.parametrize("path", PYPROJECTS, ids=lambda path: path.parent.name)
def test_a_pyproject_pins_what_the_environments_hold(path: Path, constraints: dict[str, str]) -> None:
    versions = pins(named_in_pyproject(path.read_text()))
    assert versions == {name: constraints.get(name) for name in versions}


@pytest.mark.parametrize("path", PYPROJECTS, ids=lambda path: path.parent.name)
def test_a_library_s_ranges_hold_what_is_tested(path: Path, constraints: dict[str, str]) -> None:
    assert out_of_range(ranges_in_pyproject(path.read_text()), constraints) == []


@pytest.mark.parametrize("line", ["httpx", "httpx>=0.1", "httpx<1", "httpx>=0.1,<0.2", "nobody>=1,<2"])
def test_a_range_that_is_open_or_elsewhere_is_found(line: str) -> None:
    assert out_of_range(iter([Requirement(line)]), {"httpx": "0.28.1"}) == [str(Requirement(line))]


def test_the_client_asks_for_ranges() -> None:
    asked = list(ranges_in_pyproject((ROOT / "gateway/client/pyproject.toml").read_text()))
    assert {"httpx", "pydantic", "rich", "typer", "pyarrow"} <= {one.name for one in asked}


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.stem)
def test_requirements_agree_with_the_constraints(path: Path, constraints: dict[str, str]) -> None:
    versions = pins(named_in_requirements(path.read_text()))
    assert versions == {name: constraints.get(name) for name in versions}


@pytest.mark.parametrize("line", ["numpy", "numpy>=2", "numpy==2.*", "numpy>=2,==2.4.6", "numpy~=2.4"])
def test_a_loose_pin_is_found(line: str) -> None:
    with pytest.raises(ValueError, match="not pinned"):
        pins(named_in_requirements(f"# why\n-r other.txt\n{line}\n"))
