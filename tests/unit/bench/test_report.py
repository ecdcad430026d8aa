"""The report: its numbers are the inputs', and the page needs nothing else."""

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tests.bench.record import MEASURED
from tests.bench.report import beside, lists, speeds, trials
from tests.bench.report.cells import percent, shown
from tests.bench.report.inputs import Inputs, gather
from tests.bench.report.page import render

ROOT = Path(__file__).parents[3]
MARKUP = "<script>alert(1)</script>"
ENTRY: dict[str, Any] = {
    "name": "cache.p50_ms", "value": 1.5, "unit": "ms", "baseline": 40.25, "ours": 1.5,
    "detail": {"threads": 1, "disk limit": 0.5},
}  # fmt: skip
WHERE = {"date": "2027-01-02", "commit": "abcdef0", "machine": "a machine of two cores"}


def quality() -> dict[str, Any]:
    rows = [
        {"view": view, "method": method, "figure": name, "value": value}
        for view in ("drml", "caption", "merge")
        for method, value in (("raw farthest", 0.5), ("corrected", 0.125))
        for name in ("distinct", "top_share", "drml_percentile", "caption_percentile")
    ]
    rows.append({"view": "merge", "method": "views", "figure": "view_correlation", "value": 0.375})
    rows += [
        {"view": "drml", "method": "diversity 1", "figure": name, "value": 2.0625}
        for name in ("distinct", "least_distance", "least_distance_ratio")
    ]
    about = {"gallery": MARKUP, "pictures": 9, "queries": 3, "listed": 5, "seed": 1, "artifacts": ["drml-x"]}
    return {**about, "figures": rows}


def agreement() -> dict[str, Any]:
    correlation = {
        "mean": 0.3125, "quantiles": {"0.05": -0.25, "0.95": 0.75}, "edges": [-1, 0, 1], "queries": [1, 2],
    }  # fmt: skip
    about = {"gallery": "drawn pictures", "pictures": 8, "queries": 3, "seed": 1, "artifacts": ["drml-x"]}
    return {**about, "figures": {"correlation": correlation, "agreeing": {"every picture": 0.625}}}


def thresholds() -> dict[str, Any]:
    figures = {"own": 0.6, "other": 0.2, "at_least_090": 1.6e-5, "in_050_060": 0.0123}
    return {"gallery": "drawn captions", "pictures": 5, "captions": 5, "figures": figures}


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A run of each bench."""
    folder = tmp_path / "build"
    folder.mkdir()
    for name, document in (
        ("bench", [ENTRY]), ("quality", quality()), ("agreement", agreement()), ("thresholds", thresholds()),
    ):  # fmt: skip
        (folder / f"{name}.json").write_text(json.dumps(document))
    return folder


@pytest.fixture
def measured(tmp_path: Path, build: Path) -> Path:
    """The same, kept; and what others published."""
    folder = tmp_path / "measured"
    folder.mkdir()
    for path in build.iterdir():
        kept = {"recorded": WHERE, "measured": json.loads(path.read_text())}
        (folder / path.name).write_text(json.dumps(kept))
    for name in ("published", "distilled-xception"):
        (folder / f"{name}.json").write_text((MEASURED / f"{name}.json").read_text())
    run = {"recorded": {**WHERE, "command": "kill -9"}, "measured": {"kills": 1234, "pictures_lost": 0}}
    (folder / "faults.json").write_text(json.dumps({"ingest": run}))
    return folder


@pytest.fixture
def inputs(tmp_path: Path, build: Path, measured: Path) -> Inputs:
    """The starters, a run of each bench."""
    return gather(ROOT, tmp_path / "none", build, measured)


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
    other = inputs.others["distilled-xception"]["measured"]["figures"]
    for expected in (
        "Made today.", drml.version, drml.data_fingerprint, caption.version, caption.data_fingerprint,
        shown(drml.metrics["triplet_accuracy"]), shown(caption.metrics["beam3_cider_d"]),
        shown(other["beam3_cider_d"]), shown(other["test_loss"]), "just under 0.99",
        "at least 0.90", "0.0016 %", "0.50–0.60", "1.2 %", "0.312 in the mean", "−0.250 to 0.750", "0.625",
        "12.5 %", "2.06", "cache.p50_ms", "40.2", "met", "disk limit 0.500", "kills 1,234", "kill -9",
        "which\nare not the artifacts above", "make quality DATA=DATA",
        "The last run here: build/quality.json",
    ):  # fmt: skip
        assert expected in text, expected
    assert "There is no" not in text


def test_without_runs_here_the_kept_ones_are_shown_with_where_they_were_made(
    tmp_path: Path, measured: Path
) -> None:
    inputs = gather(ROOT, tmp_path, tmp_path, measured)
    assert inputs.missing == {}
    assert inputs.quality == quality()
    text = render(inputs, "now")
    assert text.count("Measured on 2027-01-02 at commit abcdef0 on a machine of two cores; kept in") == 4
    assert "The last run here" not in text


def test_what_was_measured_apart_says_when(tmp_path: Path, measured: Path) -> None:
    where = {**WHERE, "apart": {"diversity": {**WHERE, "date": "2027-02-03"}}}
    (measured / "quality.json").write_text(json.dumps({"recorded": where, "measured": quality()}))
    said = gather(ROOT, tmp_path, tmp_path, measured).origins["quality"]
    assert said.startswith("Measured on 2027-01-02 at commit abcdef0 on a machine of two cores; kept in")
    assert said.endswith("Diversity apart: 2027-02-03 at commit abcdef0 on a machine of two cores.")


def test_speeds_that_were_not_measured_here_are_the_kept_ones(build: Path, measured: Path) -> None:
    kept = [{**ENTRY, "value": 9.0}, {**ENTRY, "name": "embed.speedup"}]
    (measured / "bench.json").write_text(json.dumps({"recorded": WHERE, "measured": kept}))
    inputs = gather(ROOT, build, build, measured)
    assert {entry["name"]: entry["value"] for entry in inputs.bench} == {
        "cache.p50_ms": 1.5,
        "embed.speedup": 1.5,
    }
    assert inputs.origins["bench"].startswith("cache.p50_ms: The last run here: build/bench.json")
    assert "The others: Measured on 2027-01-02" in inputs.origins["bench"]


def test_what_is_missing_is_said_with_its_command(tmp_path: Path, measured: Path) -> None:
    for name in ("bench", "quality", "agreement", "thresholds"):
        (measured / f"{name}.json").unlink()
    text = render(gather(ROOT, tmp_path, tmp_path, measured), "now")
    assert "There is no bench.json; <code>make bench</code>" in text
    assert "There is no quality.json; <code>make quality" in text
    assert "There is no agreement.json; <code>python -m tests.bench.agreement" in text


def test_a_published_artifact_comes_before_the_starter(
    tmp_path: Path, inputs: Inputs, measured: Path
) -> None:
    starter = inputs.artifacts["drml"]
    folder = tmp_path / "artifacts/drml/drml-20270101T000000Z"
    folder.mkdir(parents=True)
    published = starter.manifest.model_copy(update={"version": folder.name})
    (folder / "manifest.json").write_text(published.model_dump_json())
    current = folder.parent / "current"
    current.write_text(folder.name + "\n")
    found = gather(ROOT, tmp_path / "artifacts", tmp_path, measured)
    assert found.artifacts["drml"].manifest.version == folder.name
    assert "brings no curves" in render(found, "now")
    current.write_text("starter\n")
    assert gather(ROOT, tmp_path / "artifacts", tmp_path, measured).artifacts["drml"] == starter


def test_a_bound_is_met_or_not() -> None:
    published = {"asked": {"cache.p50_ms": 2, "embed.speedup": 3}, "smaller_is_better": ["cache.p50_ms"]}
    worse = {**ENTRY, "detail": {"worse_answers": ["drift"]}}
    bench = [
        ENTRY,
        {**ENTRY, "value": 2.5},
        {**ENTRY, "name": "embed.speedup", "value": 2.5, "unit": "x"},
        worse,
    ]
    rows = speeds.speeds(Inputs({}, published, bench=bench)).rows
    assert [(row[0], row[1], row[5]) for row in rows] == [
        ("cache.p50_ms", "1.500 ms", "met"),
        ("cache.p50_ms", "2.500 ms", "not met"),
        ("cache.p50_ms", "1.500 ms", "worse answers"),
        ("embed.speedup", "2.500×", "not met"),
    ]


def test_limits_are_found_however_deep() -> None:
    detail = {"threads": 2, "arms": [{"float32_limit_ms": 1.5, "ours_ms": 2}], "peak_gflops": 90}
    assert list(speeds.limits_in(detail)) == [("arms float32 limit ms", 1.5), ("peak gflops", 90)]


def test_a_share_has_one_form_in_tables_and_bars(inputs: Inputs) -> None:
    (corrected,) = (row for row in lists.divergence(inputs).rows if row[0] == "looks: corrected")
    ((_, (_, share)), *_) = lists.hubs(inputs, "top_share")
    assert percent(share) == "12.5 %"
    assert percent(share) in corrected


def test_thresholds_are_read_by_their_figures(inputs: Inputs) -> None:
    assert "alike rather than divergent" in beside.thresholds_read(inputs)
    assert inputs.thresholds is not None
    inputs.thresholds["figures"] |= {"own": 0.95, "other": 0.55}
    assert "rather than" not in beside.thresholds_read(inputs)
    assert "asks for more" not in beside.thresholds_read(inputs)


def test_runs_of_faults_say_how_they_were_made(inputs: Inputs) -> None:
    assert trials.trials(inputs).rows == [
        [
            "ingest",
            "kills 1,234, pictures lost 0",
            "2027-01-02, a machine of two cores, commit abcdef0",
            "kill -9",
        ]
    ]
