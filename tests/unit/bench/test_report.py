"""The report: its numbers are the inputs', and the page needs nothing else."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.bench.record import MEASURED, keep, speeds
from tests.bench.report import commands, drawing, tables
from tests.bench.report.inputs import Inputs, gather
from tests.bench.report.page import render

ROOT = Path(__file__).parents[3]
MARKUP = "<script>alert(1)</script>"
ENTRY = {
    "name": "cache.p50_ms", "value": 1.5, "unit": "ms", "baseline": 40.25, "ours": 1.5,
    "detail": {"threads": 1, "disk limit": 0.5},
}  # fmt: skip


def quality() -> dict[str, Any]:
    rows = [
        {"view": view, "method": method, "figure": name, "value": value}
        for view in ("drml", "caption", "merge")
        for method, value in (("raw farthest", 0.5), ("corrected", 0.125))
        for name in ("distinct", "top_share")
    ]
    rows.append({"view": "merge", "method": "views", "figure": "view_correlation", "value": 0.375})
    return {
        "gallery": MARKUP,
        "pictures": 9,
        "queries": 3,
        "listed": 5,
        "seed": 1,
        "artifacts": [],
        "figures": rows,
    }


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    """The starters, a run of each bench."""
    (tmp_path / "quality.json").write_text(json.dumps(quality()))
    (tmp_path / "bench.json").write_text(json.dumps([ENTRY]))
    return gather(ROOT, tmp_path / "none", tmp_path, MEASURED / "published.json")


class Addresses(HTMLParser):
    """What a page would load, and the elements that it is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded = list[str]()
        self.elements = set[str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        for name, value in attrs:
            if name in {"src", "srcset", "data", "poster"} or (tag == "link" and name == "href"):
                self.loaded.append(value or "")


def test_the_page_needs_nothing_else(inputs: Inputs) -> None:
    page = Addresses(render(inputs, "now"))
    assert len(page.loaded) == 3  # the panels of both views, the sample sentences' pictures
    assert all(address.startswith("data:image/") for address in page.loaded)
    assert not {"script", "iframe", "object", "link"} & page.elements
    assert {"svg", "table", "details"} <= page.elements


def test_what_comes_from_outside_is_text(inputs: Inputs) -> None:
    text = render(inputs, "now")
    assert MARKUP not in text
    assert "&lt;script&gt;" in text


def test_every_kind_of_figure_is_shown(inputs: Inputs) -> None:
    text = render(inputs, "Made today.")
    drml, caption = (inputs.artifacts[kind].manifest for kind in ("drml", "caption"))
    for expected in (
        "Made today.", drml.version, drml.data_fingerprint, caption.version, caption.data_fingerprint,
        tables.shown(drml.metrics["triplet_accuracy"]), tables.shown(caption.metrics["beam3_cider_d"]),
        "just under 0.99", "0.375", "12.5 %", "cache.p50_ms", "40.2", "met", "disk limit 0.500",
        "a boy in a swimming pool", "make quality DATA=DATA", "drml_job.train --packed PACKED",
    ):  # fmt: skip
        assert expected in text, expected
    assert "There is no" not in text


def test_what_is_missing_is_said_with_its_command(tmp_path: Path) -> None:
    inputs = gather(ROOT, tmp_path, tmp_path, MEASURED / "published.json")
    text = render(inputs, "now")
    assert "There is no bench.json; <code>make bench</code>" in text
    assert "There is no quality.json; <code>make quality" in text


def test_a_published_artifact_comes_before_the_starter(tmp_path: Path, inputs: Inputs) -> None:
    starter = inputs.artifacts["drml"]
    folder = tmp_path / "artifacts/drml/drml-20270101T000000Z"
    folder.mkdir(parents=True)
    published = starter.manifest.model_copy(update={"version": folder.name})
    (folder / "manifest.json").write_text(published.model_dump_json())
    (folder.parent / "current").write_text(folder.name + "\n")
    found = gather(ROOT, tmp_path / "artifacts", tmp_path, MEASURED / "published.json")
    assert found.artifacts["drml"].manifest.version == folder.name
    assert "brings no curves" in render(found, "now")


def test_a_bound_is_met_or_not() -> None:
    published = {"asked": {"cache.p50_ms": 2, "embed.speedup": 3}, "smaller_is_better": ["cache.p50_ms"]}
    bench = [ENTRY, {**ENTRY, "value": 2.5}, {**ENTRY, "name": "embed.speedup", "value": 2.5, "unit": "x"}]
    rows = tables.speeds(Inputs({}, published, bench=bench)).rows
    assert [(row[0], row[1], row[5]) for row in rows] == [
        ("cache.p50_ms", "1.500 ms", "met"),
        ("cache.p50_ms", "2.500 ms", "not met"),
        ("embed.speedup", "2.500×", "not met"),
    ]


def test_commands_are_those_of_the_model_card(inputs: Inputs) -> None:
    table = "| knob | value |\n|---|---|\n| epochs | 3 |\n| normalise | True |\n| words |  |\n"
    card = f"## Training\n\n{table}\n| x | 1 |\n"
    found = commands.knobs(card)
    assert found == {"epochs": "3", "normalise": "True", "words": ""}
    assert commands.options(found | {"flip_all": "False"}) == "--epochs 3 --normalise --no-flip-all"
    assert commands.knobs("no table") == {}
    for artifact in inputs.artifacts.values():
        train, _ = commands.of_artifact(artifact)
        assert "--epochs " in train
    assert 'ARGS="--queries 3 --listed 5 --seed 1"' in commands.of_measurements(inputs)[0]


def test_limits_are_found_however_deep() -> None:
    detail = {"threads": 2, "arms": [{"float32_limit_ms": 1.5, "ours_ms": 2}], "peak_gflops": 90}
    assert list(tables.limits_in(detail)) == [("arms float32 limit ms", 1.5), ("peak gflops", 90)]


def test_lines_lie_where_their_numbers_do() -> None:
    chart = drawing.lines("loss", {"a": [(1, 0.0), (2, 1.0)], "none": []})
    (points,) = re.findall(r'points="([^"]+)"', chart)
    (x0, y0), (x1, y1) = ([float(n) for n in point.split(",")] for point in points.split())
    assert (x0, y0) == (drawing.LEFT, drawing.HEIGHT - drawing.BOTTOM)
    assert (x1, y1) == (drawing.WIDTH - drawing.RIGHT, drawing.TOP)
    assert drawing.lines("nothing", {"a": []}) == ""
    assert "<b>" not in drawing.lines("<b>", {"<b>": [(1, 1.0)]})


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0.83, 0.95, [0.8, 0.85, 0.9, 0.95]),
        (3, 1203, [0, 500, 1000, 1500]),
    ],
)
def test_ticks_are_round_and_enclose(low: float, high: float, ticks: list[float]) -> None:
    assert drawing.nice_ticks(low, high) == pytest.approx(ticks)


def test_bars_are_as_long_as_their_numbers() -> None:
    chart = drawing.bars("hubs", [("looks", 0.5, 0.25)], ("raw", "corrected"))
    raw, corrected = (float(width) for width in re.findall(r'<rect[^>]* width="([\d.]+)"', chart))
    assert raw == pytest.approx(2 * corrected)


def test_a_run_is_kept_with_where_it_was_made(tmp_path: Path) -> None:
    build, measured = tmp_path / "build", tmp_path / "measured"
    build.mkdir()
    measured.mkdir()
    (build / "bench.json").write_text(json.dumps([ENTRY]))
    assert keep(build, measured, {"date": "2027-01-01"}) == ["bench"]
    kept = json.loads((measured / "bench.json").read_text())
    assert kept == {"recorded": {"date": "2027-01-01"}, "measured": [ENTRY]}
    assert "| `cache.p50_ms` | 1.5 ms | 40.2 | 2 |" in speeds([ENTRY], {"cache.p50_ms": 2})
