"""The theme's colours against each other, light and dark: every pair that text or a mark is drawn in."""

import re
from itertools import product
from pathlib import Path

import pytest

from diversity_gateway.routes.service import page_folder

THEME = (page_folder() / "theme.css").read_text()
Rgb = tuple[int, int, int]
TEXT, MARK = 4.5, 3.0  # WCAG 2.2 AA: text of ordinary size; what is no text but has a meaning
GROUNDS = ["ground", "surface", "sunken"]
TEXTS = [
    *product(["ink", "muted"], GROUNDS),
    *product(["far", "near", "split", "bad"], ["ground", "surface"]),
    ("bad", "bad-soft"), ("ink", "bad-soft"), ("muted", "bad-soft"), ("ink", "warn-soft"),
    ("ground", "ink"), ("ground", "split"), ("frame-ink", "frame"),
]  # fmt: skip
MARKS = [*product(["line-strong", "far", "near", "ink"], ["ground", "surface"])]


def themes() -> dict[str, dict[str, Rgb]]:
    """The colours by name, of the light theme and of the dark one over it."""
    light, dark = THEME.split("@media (prefers-color-scheme: dark)")

    def colours(text: str) -> dict[str, Rgb]:
        found = re.findall(r"--([a-z-]+): #([0-9a-f]{6});", text)
        return {name: (int(code[:2], 16), int(code[2:4], 16), int(code[4:], 16)) for name, code in found}

    return {"light": colours(light), "dark": colours(light) | colours(dark)}


def luminance(colour: Rgb) -> float:
    """WCAG's relative luminance."""
    shares = [value / 255 for value in colour]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Rgb, other: Rgb) -> float:
    """WCAG's ratio, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_the_ratio_is_the_standards() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXTS, TEXT), (MARKS, MARK)], ids=["text", "marks"])
def test_colours_stand_out(theme: str, pairs: list[tuple[str, str]], least: float) -> None:
    known = themes()[theme]
    assert [pair for pair in pairs if contrast(known[pair[0]], known[pair[1]]) < least] == []


def test_colours_are_named_in_the_theme_alone() -> None:
    others = [path for path in page_folder().glob("*.css") if path.name != "theme.css"]
    assert len(others) >= 6
    found = [
        (path.name, code)
        for path in others
        for code in re.findall(r"#[0-9a-fA-F]{3,6}\b(?=[;, )])", _rules(path))
    ]
    # Marks that lie on pictures are the same in both themes.
    assert {code for _, code in found} <= {"#fff", "#101214"}


def _rules(path: Path) -> str:
    return re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
