"""Kept runs: where they were made is kept with them, and the table of speeds is theirs."""

import json
from pathlib import Path
from typing import Any

from tests.bench.record import MEASURED, keep, kept, short, speeds

ENTRY: dict[str, Any] = {
    "name": "cache.p50_ms", "value": 1.5, "unit": "ms", "baseline": 40.25, "ours": 1.5, "detail": {},
}  # fmt: skip
WHERE = {"date": "2027-01-01", "commit": "abc", "machine": "two cores"}


def test_a_run_is_kept_with_where_it_was_made(tmp_path: Path) -> None:
    build, measured = tmp_path / "build", tmp_path / "measured"
    build.mkdir()
    measured.mkdir()
    (build / "bench.json").write_text(json.dumps([ENTRY]))
    assert keep(build, measured, WHERE) == ["bench"]
    assert kept(measured) == {"bench": {"recorded": WHERE, "measured": [ENTRY]}}


def test_a_second_gallery_is_kept_beside_the_first(tmp_path: Path) -> None:
    for name in ("bench", "scaling", "quality"):
        (tmp_path / f"{name}.json").write_text(json.dumps([name]))
    (measured := tmp_path / "measured").mkdir()
    assert keep(tmp_path, measured, WHERE, "flickr8k") == ["quality-flickr8k"]
    assert list(kept(measured)) == ["quality-flickr8k"]


def test_a_file_may_hold_several_runs(tmp_path: Path) -> None:
    run = {"recorded": WHERE, "measured": {"kills": 3}}
    (tmp_path / "faults.json").write_text(json.dumps({"ingest": run, "soak": run}))
    (tmp_path / "published.json").write_text(json.dumps({"report": {"loss": 3.64}}))
    assert kept(tmp_path) == {"faults/ingest": run, "faults/soak": run}


def test_every_kept_run_says_when_where_and_of_what() -> None:
    runs = kept()
    assert {"quality", "agreement", "thresholds"} <= runs.keys()
    assert [
        name for name, run in runs.items() if not {"date", "commit", "machine"} <= run["recorded"].keys()
    ] == []
    alone = [run["recorded"] for name, run in runs.items() if "/" in name]
    assert all(where.get("command") for where in alone)
    assert json.loads((MEASURED / "published.json").read_text())["asked"]


def test_the_table_of_speeds_names_them_as_the_contract_does() -> None:
    other = {**ENTRY, "name": "a.share", "value": 0.99996, "unit": "share", "baseline": None}
    assert speeds([ENTRY, other], {"cache.p50_ms": 2}).splitlines()[2:] == [
        "| `a.share` | 0.99996 | – | – |",
        "| `cache.p50_ms` | 1.5 ms | 40.2 | 2 |",
    ]


def test_almost_all_is_not_printed_as_all() -> None:
    assert [short(value) for value in (0.9994, 0.9996, 0.99999999, 1.0)] == [
        "0.999",
        "0.9996",
        "0.99999999",
        "1",
    ]
