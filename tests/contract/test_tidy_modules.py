"""Every module of the packages or the tests is short, named after what it holds, introduced by a line."""

import ast
from collections.abc import Iterator

import pytest

from tests.contract.sources import PACKAGES, ROOT, Module, modules, modules_in

VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base"}
LONGEST = 250  # lines


def untidy(module: Module) -> Iterator[str]:
    if module.name.rpartition("/")[2] in VAGUE_NAMES:
        yield f"{module.name} says nothing by its name"
    if (lines := module.text.count("\n")) > LONGEST:
        yield f"{module.name} has {lines} lines"
    if not (ast.get_docstring(module.tree) or "").partition("\n")[0].strip():
        yield f"{module.name} does not say what lives there"


@pytest.fixture(scope="module")
def everything() -> list[Module]:
    return modules(ROOT) + modules_in(ROOT / "tests", "tests")


def test_every_module_is_tidy(everything: list[Module]) -> None:
    assert [breach for module in everything for breach in untidy(module)] == []


def test_every_package_is_looked_at(everything: list[Module]) -> None:
    assert {module.package for module in everything} == {*PACKAGES, "tests"}


@pytest.mark.parametrize(
    ("name", "text", "breaches"),
    [
        ("tests/fakes/view", '"""What lives here."""', []),
        ("diversity_gateway/routes/utils", '"""What lives here."""', ["says nothing by its name"]),
        ("tests/fakes/view", '"""What lives here."""' + "\n" * 250, []),
        ("tests/fakes/view", '"""What lives here."""' + "\n" * 251, ["has 251 lines"]),
        ("demo/run", "x = 1\n", ["does not say what lives there"]),
    ],
)
def test_what_is_untidy_is_found(name: str, text: str, breaches: list[str]) -> None:
    found = list(untidy(Module(name, text, ast.parse(text))))
    assert [breach.removeprefix(f"{name} ") for breach in found] == breaches
