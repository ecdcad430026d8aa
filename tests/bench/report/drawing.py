"""Charts as SVG: lines over the epochs, bars, histograms. Pure."""

import math
from collections.abc import Callable, Mapping, Sequence
from xml.sax.saxutils import escape

# Narrow, so that letters keep their size on a phone.
WIDTH, HEIGHT = 360, 230
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 30, 42
THICK, BETWEEN = 13, 16  # of a bar; from one arm's to the next
Points = Sequence[tuple[float, float]]
Place = Callable[[float, float], tuple[float, float]]


def lines(title: str, series: Mapping[str, Points], across: str = "epoch") -> str:
    """A line for each of `series`, by its name; empty where no line has a point."""
    drawn = {name: points for name, points in series.items() if points}
    if not drawn:
        return ""
    xs = [x for points in drawn.values() for x, _ in points]
    ticks = nice_ticks(*_range([y for points in drawn.values() for _, y in points]))
    first, last = min(xs), max(*xs, min(xs) + 1)
    parts, place = _axes(title, (first, last), ticks, across)
    for x in sorted({first, (first + last) // 2, last}):
        parts.append(_text(place(x, ticks[0])[0], HEIGHT - BOTTOM + 16, f"{x:g}", "tick middle"))
    for number, (name, points) in enumerate(drawn.items()):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in points))
        parts.append(f'<polyline class="line s{number}" points="{path}"/>')
        beside = WIDTH - RIGHT - 76 * (len(drawn) - 1 - number)
        parts.append(_text(beside, 16, name, f"label s{number} end"))
    return _figure(title, HEIGHT, parts)


def histogram(title: str, edges: Sequence[float], counts: Sequence[int], across: str) -> str:
    """A column for each count, between its two of `edges`; empty ones at either end are left out."""
    filled = [place for place, count in enumerate(counts) if count]
    if not filled:
        return ""
    start, stop = filled[0], filled[-1] + 1
    edges, counts = edges[start : stop + 1], counts[start:stop]
    ticks = nice_ticks(0, max(counts))
    parts, place = _axes(title, (edges[0], edges[-1]), ticks, across)
    for left, right, count in zip(edges, edges[1:], counts, strict=False):
        (x, y), (beyond, bottom) = place(left, count), place(right, 0)
        size = f'width="{max(beyond - x - 1, 1):.1f}" height="{bottom - y:.1f}"'
        parts.append(f'<rect class="bar s1" x="{x:.1f}" y="{y:.1f}" {size}/>')
    for edge in edges[:: max(1, math.ceil(len(edges) / 6))]:
        parts.append(_text(place(edge, 0)[0], HEIGHT - BOTTOM + 16, number(edge), "tick middle"))
    return _figure(title, HEIGHT, parts)


def bars(
    title: str,
    rows: Sequence[tuple[str, Sequence[float]]],
    names: Sequence[str],
    form: Callable[[float], str],
    mark: tuple[float, str] | None = None,
) -> str:
    """A bar for each of `names` in each row, one below the other, from 0 to the largest of all.

    `form` writes their values; `mark` is a line across all of them, and what it says.
    """
    largest = max((value for _, values in rows for value in values), default=0)
    if not largest:
        return ""
    step = 22 + BETWEEN * len(names)
    height = TOP + step * len(rows) + (26 if mark else 4)
    longest = max(
        len(f"{arm} {form(value)}") for _, values in rows for arm, value in zip(names, values, strict=True)
    )
    scale = (WIDTH - 6.6 * longest - 8) / largest
    parts = [_text(0, 16, title, "title")]
    for place, (name, values) in enumerate(rows):
        top = TOP + step * place
        parts.append(_text(0, top + 12, name, "tick"))
        for arm, (of, value) in enumerate(zip(names, values, strict=True)):
            y, width = top + 17 + BETWEEN * arm, value * scale
            kind = arm if len(names) > 1 else 1
            parts.append(f'<rect class="bar s{kind}" x="0" y="{y}" width="{width:.1f}" height="{THICK}"/>')
            parts.append(_text(width + 6, y + 11, f"{of} {form(value)}".strip(), "tick"))
    if mark:
        x, bottom = mark[0] * scale, height - 22
        parts.append(f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{bottom}"/>')
        parts.append(_text(x, height - 6, mark[1], "tick middle"))
    return _figure(title, height, parts)


def number(value: float) -> str:
    """Of an axis, with a real minus."""
    return f"{value:g}".replace("-", "−")


def nice_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers that enclose low..high, at most `most` steps apart."""
    rough = (high - low) / most
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * unit for factor in (1, 2, 5, 10) if factor * unit >= rough)
    start = math.floor(low / step)
    return [round(number * step, 12) for number in range(start, math.ceil(high / step) + 1)]


def _axes(
    title: str, wide: tuple[float, float], ticks: Sequence[float], across: str
) -> tuple[list[str], Place]:
    """The title, a line for each tick with its number, what runs across; and where a point lies."""
    low, high = ticks[0], ticks[-1]

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            LEFT + (x - wide[0]) / (wide[1] - wide[0]) * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - (y - low) / (high - low) * (HEIGHT - TOP - BOTTOM),
        )

    parts = [_text(0, 16, title, "title")]
    for tick in ticks:
        _, y = place(wide[0], tick)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(_text(LEFT - 6, y + 4, number(tick), "tick end"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, across, "tick middle"))
    return parts, place


def _range(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _figure(title: str, height: float, parts: Sequence[str]) -> str:
    name = escape(title, {'"': "&quot;"})
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{name}">{"".join(parts)}</svg>'
