"""The report: tables, the contract's entries, what bench.json held before."""

import json
from pathlib import Path
from typing import Any

from tests.bench import quality_report


def document(*, corrected: bool = True) -> dict[str, Any]:
    rows = []
    for method in ["raw farthest", *(["corrected"] if corrected else [])]:
        figures = {
            "distinct": 9.0,
            "possible": 10.0,
            "coverage": 0.9,
            "top_share": 0.5,
            "drml_percentile": 0.99,
        }
        rows += [{"view": "drml", "method": method, "figure": k, "value": v} for k, v in figures.items()]
    rows.append({"view": "merge", "method": "views", "figure": "view_correlation", "value": 0.25})
    for number, least in (("0", 0.5), ("1", 1.125)):
        spread = {"distinct": 8.0, "coverage": 0.8, "drml_percentile": 0.96, "least_distance": least}
        spread["least_distance_ratio"] = least / 0.5
        method = f"diversity {number}"
        rows += [{"view": "drml", "method": method, "figure": k, "value": v} for k, v in spread.items()]
    return {
        "gallery": "some pictures", "pictures": 12, "queries": 2, "listed": 5, "seed": 1,
        "artifacts": ["drml-1", "caption-1"], "figures": rows,
    }  # fmt: skip


def test_files(tmp_path: Path) -> None:
    old = [{"name": "farthest.distinct", "value": 1}, {"name": "search.exactness", "value": 1.0}]
    (tmp_path / "bench.json").write_text(json.dumps(old))
    quality_report.write(document(), tmp_path)
    bench = {entry["name"]: entry for entry in json.loads((tmp_path / "bench.json").read_text())}
    assert bench.keys() == {
        "search.exactness", "farthest.distinct", "farthest.top_share", "farthest.mean_percentile",
    }  # fmt: skip
    assert (bench["farthest.distinct"]["value"], bench["farthest.distinct"]["detail"]["possible"]) == (
        9.0,
        10.0,
    )
    assert bench["farthest.mean_percentile"]["baseline"] == 0.99
    table = (tmp_path / "quality.md").read_text()
    assert "| figure | drml: raw farthest | drml: corrected |" in table
    assert "| distinct | 9 | 9 |" in table
    assert "| figure | drml: diversity 0 | drml: diversity 1 |" in table
    assert "| least_distance | 0.5000 | 1.1250 |" in table
    assert "it is 2.25 times" in table
    assert (tmp_path / "quality.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((tmp_path / "quality.json").read_text()) == document()


def test_without_a_correction_there_is_nothing_to_compare() -> None:
    assert quality_report.contract_entries(document(corrected=False)) == []
