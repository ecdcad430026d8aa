"""Tables, and figures as people read them. Pure."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Table:
    """Rows of cells below a row of heads; the first cell of a row names it. `words` are the columns that hold
    words and not figures."""

    heads: list[str]
    rows: list[list[str]]
    words: frozenset[int] = frozenset()


def shown(value: Any) -> str:
    """A figure in a form that suits its size; a dash where there is none."""
    if not isinstance(value, int | float):
        return "–" if value is None else str(value)
    if value < 0:
        return f"−{shown(-value)}"
    size = abs(value)
    if size >= 100 or (size != 1 and value == int(value)):
        return f"{value:,.0f}"
    if size >= 10 or 0 < size < 0.001:
        return f"{value:.3g}"
    # A share that is almost all is not all.
    return f"{value:.4f}" if 0.9995 <= value < 1 else f"{value:.3f}"


def percent(value: float | None) -> str:
    """A share of all in percent; small ones keep two digits."""
    if value is None:
        return "–"
    return f"{100 * value:.1f} %" if value == 0 or abs(value) >= 0.001 else f"{100 * value:.2g} %"
