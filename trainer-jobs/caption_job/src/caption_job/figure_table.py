"""The figures of an evaluation as a table of lines."""

from collections.abc import Mapping

WAYS = ("greedy", "beam3", "beam5", "other")
SENTENCE_FIGURES = ("bleu_1", "bleu_2", "bleu_3", "bleu_4", "rouge_l", "cider_d")


def table(figures: Mapping[str, float]) -> str:
    """Markdown: sentence figures by way of writing, then every other figure. KeyError where one is
    missing."""
    head = ["figure", *WAYS[:3], "another picture's"]
    lines = [_line(head), _line(["---", *["---:"] * len(WAYS)])]
    lines += [
        _line([name, *[f"{figures[f'{way}_{name}']:.4f}" for way in WAYS]]) for name in SENTENCE_FIGURES
    ]
    shown = {f"{way}_{name}" for way in WAYS for name in SENTENCE_FIGURES}
    rest = [_line([name, f"{value:.4g}"]) for name, value in figures.items() if name not in shown]
    return "\n".join([*lines, "", _line(["figure", "value"]), _line(["---", "---:"]), *rest])


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
