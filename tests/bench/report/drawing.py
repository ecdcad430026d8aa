"""Charts as SVG: lines over the epochs, pairs of bars. Pure."""

import math
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 460, 260
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 28, 40
Points = Sequence[tuple[float, float]]


def lines(title: str, series: Mapping[str, Points], across: str = "epoch") -> str:
    """A line for each of `series`, by its name; empty where no line has a point."""
    drawn = {name: points for name, points in series.items() if points}
    if not drawn:
        return ""
    xs = [x for points in drawn.values() for x, _ in points]
    ticks = nice_ticks(*_range([y for points in drawn.values() for _, y in points]))
    low, high = ticks[0], ticks[-1]
    first, last = min(xs), max(*xs, min(xs) + 1)

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            LEFT + (x - first) / (last - first) * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - (y - low) / (high - low) * (HEIGHT - TOP - BOTTOM),
        )

    parts = [_text(LEFT, 16, title, "title")]
    for tick in ticks:
        _, y = place(first, tick)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(_text(LEFT - 6, y + 4, f"{tick:g}", "tick end"))
    for x in sorted({first, (first + last) // 2, last}):
        parts.append(_text(place(x, low)[0], HEIGHT - BOTTOM + 16, f"{x:g}", "tick middle"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, across, "tick middle"))
    for number, (name, points) in enumerate(drawn.items()):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in points))
        parts.append(f'<polyline class="line s{number}" points="{path}"/>')
        beside = WIDTH - RIGHT - 80 * (len(drawn) - 1 - number)
        parts.append(_text(beside, 16, name, f"label s{number} end"))
    return _figure(title, HEIGHT, parts)


def bars(title: str, rows: Sequence[tuple[str, float, float]], names: tuple[str, str]) -> str:
    """Two bars for each row, one below the other, from 0 to the largest of all."""
    largest = max((value for row in rows for value in row[1:]), default=0)
    if not largest:
        return ""
    height = TOP + 52 * len(rows) + 8
    parts = [_text(0, 16, title, "title")]
    for place, (name, *values) in enumerate(rows):
        top = TOP + 52 * place
        parts.append(_text(0, top + 12, name, "tick"))
        for number, (arm, value) in enumerate(zip(names, values, strict=True)):
            y, width = top + 16 + 16 * number, value / largest * (WIDTH - 150)
            parts.append(f'<rect class="bar s{number}" x="0" y="{y}" width="{width:.1f}" height="13"/>')
            parts.append(_text(width + 6, y + 11, f"{arm} {value:,.4g}", "tick"))
    return _figure(title, height, parts)


def nice_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers that enclose low..high, at most `most` steps apart."""
    rough = (high - low) / most
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * unit for factor in (1, 2, 5, 10) if factor * unit >= rough)
    start = math.floor(low / step)
    return [round(number * step, 12) for number in range(start, math.ceil(high / step) + 1)]


def _range(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _text(x: float, y: float, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _figure(title: str, height: int, parts: Sequence[str]) -> str:
    name = escape(title, {'"': "&quot;"})
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{name}">{"".join(parts)}</svg>'
