"""bench.json holds the last run's figures alone, and a worse answer fails its bench."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from tests.bench.bench_file import at_least, at_most, finish, forget, merge, read, table, worse_answers
from tests.bench.origin import origin


def entry(name: str, value: float, *faults: str) -> dict[str, Any]:
    detail = {"worse_answers": list(faults)} if faults else {}
    return {"name": name, "value": value, "unit": "x", "baseline": 8.0, "ours": 2.0, "detail": detail}


def test_an_entry_takes_the_place_of_one_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "build" / "bench.json"
    for one in (entry("a.x", 1), entry("b.y", 2), entry("a.x", 3)):
        merge(one, path)
    assert [(one["name"], one["value"]) for one in read(path)] == [("b.y", 2), ("a.x", 3)]
    forget(["b.y"], path)
    assert [one["name"] for one in read(path)] == ["a.x"]


def test_a_worse_answer_is_written_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert finish([entry("a.x", 1)], tmp_path) == 0
    assert finish([entry("a.x", 9, "drift is 0.1")], tmp_path) == 1
    said = capsys.readouterr()
    assert said.err == "a.x: drift is 0.1\n"
    assert json.loads(said.out.splitlines()[-1])["value"] == 9
    (written,) = read(tmp_path / "bench.json")
    assert worse_answers(written) == ["drift is 0.1"]
    # Runs of several days and commits stand side by side.
    assert written["measured"] == origin()


def test_bounds_hold_at_the_bound_and_not_for_what_is_no_number() -> None:
    assert at_most("drift", 0.001, 0.001) == at_least("cosine", 0.999, 0.999) == []
    assert at_most("drift", 0.0011, 0.001) == ["drift is 0.0011, more than 0.001"]
    assert at_least("cosine", 0.9989, 0.999) == ["cosine is 0.9989, less than 0.999"]
    assert at_most("drift", math.nan, 1)
    assert at_least("cosine", math.nan, 0)


def test_the_table_judges_each_figure_by_its_bound() -> None:
    entries = [entry("d.w", 4, "other words"), entry("a.x", 4), entry("b.y", 4), entry("c.z", 1234.5)]
    lines = table(entries, {"a.x": 4, "b.y": 2, "d.w": 1}, ["b.y"]).splitlines()
    assert lines[0].split() == ["figure", "measured", "other", "arm", "ours", "asked"]
    assert [line.split() for line in lines[1:]] == [
        ["a.x", "4", "x", "8", "2", "4", "met"],
        ["b.y", "4", "x", "8", "2", "2", "not", "met"],
        ["c.z", "1,234", "x", "8", "2", "–"],
        ["d.w", "4", "x", "8", "2", "1", "worse", "answers"],
    ]
