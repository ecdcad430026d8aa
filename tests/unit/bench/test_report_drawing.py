"""Charts of the report: what is drawn lies where its numbers say."""

import re

import pytest

from tests.bench.report import drawing
from tests.bench.report.cells import percent, shown


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


def sides(chart: str, side: str) -> list[float]:
    return [float(value) for value in re.findall(rf'<rect[^>]* {side}="([\d.]+)"', chart)]


def test_bars_are_as_long_as_their_numbers() -> None:
    chart = drawing.bars("hubs", [("looks", (0.5, 0.25))], ("raw", "corrected"), percent)
    raw, corrected = sides(chart, "width")
    assert raw == pytest.approx(2 * corrected, abs=0.1)
    assert "raw 50.0 %" in chart
    assert "corrected 25.0 %" in chart
    assert drawing.bars("nothing", [], ("raw",), shown) == ""


def test_a_mark_lies_where_its_number_does() -> None:
    chart = drawing.bars("share", [("a", (1.0,))], ("",), shown, (0.5, "chance"))
    (whole,), (mark,) = sides(chart, "width"), re.findall(r'class="mark" x1="([\d.]+)"', chart)
    assert float(mark) == pytest.approx(whole / 2, abs=0.1)


def test_columns_are_as_high_as_their_counts() -> None:
    chart = drawing.histogram("queries", [-1, -0.5, 0, 0.5, 1], [0, 10, 5, 0], "correlation")
    high, low = sides(chart, "height")
    assert high == pytest.approx(2 * low, abs=0.1)
    assert high == pytest.approx(drawing.HEIGHT - drawing.TOP - drawing.BOTTOM)
    assert sides(chart, "x")[0] == drawing.LEFT  # empty columns at the ends are left out
    assert "−0.5" in chart
    assert drawing.histogram("none", [0, 1], [0], "") == ""


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "–"),
        (0.0, "0"),
        (1.0, "1.000"),
        (2545.0, "2,545"),
        (0.99991, "0.9999"),
        (-0.058, "−0.058"),
        (9.337, "9.337"),
    ],
)
def test_figures_are_shown_as_people_read_them(value: float | None, said: str) -> None:
    assert shown(value) == said


@pytest.mark.parametrize(
    ("value", "said"), [(None, "–"), (0.04, "4.0 %"), (1.6e-5, "0.0016 %"), (0.0, "0.0 %")]
)
def test_shares_are_in_percent(value: float | None, said: str) -> None:
    assert percent(value) == said
