"""What the lists cover, how far their pictures are, how far the views agree. Pure."""

from collections.abc import Mapping, Sequence

from tests.bench.report.cells import Table, percent, shown
from tests.bench.report.inputs import Inputs

VIEWS = {"drml": "looks", "caption": "words", "merge": "both views", "none": ""}
LISTS = {
    "distinct": "distinct pictures",
    "possible": "of possible",
    "coverage": "coverage",
    "top_share": "most frequent picture is in",
    "drml_percentile": "percentile, looks",
    "caption_percentile": "percentile, words",
    "third_encoder_percentile": "percentile, a third encoder",
    "intra_list_mean": "distance in a list, mean",
    "intra_list_min": "distance in a list, least",
    "class_distance": "distance of classes",
}
# Of lists whose pictures are spread from each other besides.
SPREAD = {
    "least_distance": "least distance in a list",
    "least_distance_ratio": "times that at 0",
    "doubled": "lists where it is twice that",
    "mean_distance": "mean distance",
    "drml_percentile": "percentile, looks",
    "lowest_percentile": "of the lowest list",
    "intra_list_min": "least distance, a third encoder",
    "distinct": "distinct pictures",
    "top_share": "most frequent picture is in",
}
SHARES = {"top_share", "coverage", "doubled"}
Bars = list[tuple[str, tuple[float, ...]]]


def lists_of(inputs: Inputs) -> dict[tuple[str, str], dict[str, float]]:
    """The figures of `make quality` by view and method."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for row in inputs.quality["figures"] if inputs.quality else []:
        found.setdefault((row["view"], row["method"]), {})[row["figure"]] = row["value"]
    return found


def divergence(inputs: Inputs) -> Table:
    """Every kind of list: what it covers, how far its pictures are."""
    rows = {key: row for key, row in lists_of(inputs).items() if "distinct" in row and not _is_spread(row)}
    return _table(rows, LISTS)


def diversity(inputs: Inputs) -> Table:
    """Lists whose pictures are spread from each other: how far apart, and what it costs in divergence."""
    return _table({key: row for key, row in lists_of(inputs).items() if _is_spread(row)}, SPREAD)


def hubs(inputs: Inputs, name: str) -> Bars:
    """One figure of the lists, raw and corrected: a row for each view that has both."""
    return _rows(
        inputs,
        [
            (VIEWS[view], ((view, "raw farthest"), (view, "corrected")))
            for view in ("drml", "caption", "merge")
        ],
        name,
    )


def crosswise(inputs: Inputs) -> Bars:
    """Where each kind of list lies by looks and by words: mean percentiles of its pictures."""
    found = lists_of(inputs)
    rows: Bars = []
    for view, method in (
        ("drml", "corrected"), ("caption", "corrected"), ("merge", "corrected"), ("none", "random")
    ):  # fmt: skip
        figures = found.get((view, method), {})
        if {"drml_percentile", "caption_percentile"} <= figures.keys():
            rows.append((named(view, method), (figures["drml_percentile"], figures["caption_percentile"])))
    return rows


def agreeing(inputs: Inputs) -> Bars:
    """Share of pictures that both views put on the same side of the middle, of each kind of list."""
    measured = inputs.agreement["figures"]["agreeing"] if inputs.agreement else {}
    return [(_list_named(name), (value,)) for name, value in measured.items()]


def correlation(inputs: Inputs) -> str:
    """The views' correlation in words."""
    if inputs.agreement:
        found = inputs.agreement["figures"]["correlation"]
        least, most = (shown(found["quantiles"][q]) for q in ("0.05", "0.95"))
        return f"{shown(found['mean'])} in the mean of the queries, {least} to {most} for nine queries in ten"
    return shown(lists_of(inputs).get(("merge", "views"), {}).get("view_correlation"))


def named(view: str, method: str) -> str:
    """What a kind of list is called."""
    return f"{VIEWS[view]}: {method}" if VIEWS[view] else method


def _list_named(name: str) -> str:
    view, parted, method = name.partition(": ")
    return named(view, method) if parted else name


def _is_spread(row: Mapping[str, float]) -> bool:
    return "least_distance" in row


def _table(found: Mapping[tuple[str, str], Mapping[str, float]], titles: Mapping[str, str]) -> Table:
    names = [name for name in titles if any(name in row for row in found.values())]
    rows = [
        [
            named(view, method),
            *(percent(row.get(name)) if name in SHARES else shown(row.get(name)) for name in names),
        ]
        for (view, method), row in found.items()
    ]
    return Table(["list", *(titles[name] for name in names)], rows)


def _rows(inputs: Inputs, wanted: Sequence[tuple[str, Sequence[tuple[str, str]]]], name: str) -> Bars:
    found = lists_of(inputs)
    return [
        (title, tuple(found[key][name] for key in keys))
        for title, keys in wanted
        if all(key in found for key in keys)
    ]
