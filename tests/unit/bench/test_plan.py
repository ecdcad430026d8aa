"""`make bench` measures what the contract names, and gives every module the options that it has."""

import re
from pathlib import Path

import pytest

from tests.bench.plan import BEYOND, MODULES, Module, figures, grouped, missing, told, untaken

BENCH = Path(__file__).parents[2] / "bench"
TABLE = Path(__file__).with_name("contract_table.md")


def test_every_name_of_the_contract_is_measured_once() -> None:
    rows = [line for line in TABLE.read_text().splitlines() if line.startswith("| `")]
    named = [name for row in rows for name in re.findall(r"`([a-z]+\.\w+)`", row.split("|")[1])]
    assert len(named) == 17
    assert sorted(figures()) == sorted([*named, *BEYOND])


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_module_takes_what_it_is_given_and_writes_what_is_expected(module: Module) -> None:
    text = (BENCH / f"{module.name}.py").read_text()
    options = set(re.findall(r'add_argument\(\s*"(--[a-z]+)"', text))
    assert module.options | {"--out"} <= options
    # What takes DATA is given it.
    assert ("--data" in options) == ("--data" in module.options)
    assert re.search(r"^if __name__ == .__main__.:\n    (sys.exit\()?main\(\)", text, re.MULTILINE)


def test_a_figure_that_is_not_there_is_missed() -> None:
    modules = [Module("one", ("a.x", "a.y"), frozenset()), Module("other", ("b.z",), frozenset())]
    entries = [{"name": "a.x", "value": 1.0}, {"name": "a.y", "value": float("nan")}]
    assert missing(entries, modules) == ["a.y", "b.z"]


def test_options_go_to_the_modules_that_take_them() -> None:
    options = grouped(["--rounds", "5", "--threads", "1", "2", "--data=here"])
    assert options == {"--rounds": ["5"], "--threads": ["1", "2"], "--data": ["here"]}
    module = Module("one", (), frozenset({"--threads", "--data"}))
    assert told(module, options) == ["--threads", "1", "2", "--data", "here"]
    assert untaken(options, [module]) == ["--rounds"]
    with pytest.raises(ValueError, match="five belongs to no option"):
        grouped(["five", "--rounds"])
