"""Picks spread from each other, as `diversity` asks: the gateway's own code over one view's numbers.

A query's ranking is `ranking.select` and `far_band.reordered`, its pool `parameters.pool_size`, its picks
`spread.spread`. Near-duplicates are kept, which the gateway would collapse: so lists at λ = 0 may hold two
pictures that are practically one. Arrays in, rows and figures by name out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from diversity_gateway.far_band import band_size, reordered
from diversity_gateway.parameters import pool_size
from diversity_gateway.ranking import Candidates, Ranked, select
from diversity_gateway.spread import blended_shares, spread
from drml_service.pairwise import pair_distances
from tests.bench import quality_figures
from tests.bench.quality_figures import Floats
from tests.bench.quality_lists import Float64, Rows

DIVERSITIES = (0.0, 0.5, 1.0)  # λ
SMALL_POOL = 50
# What is asked of λ = 1 over the default pool, beside λ = 0.
LEAST_RATIO, LEAST_PERCENTILE = 2.0, 0.95
VIEW = "drml"


@dataclass(frozen=True)
class Arm:
    """One way to rank and one pool: `limit` is `candidates_limit`, None for the default pool."""

    name: str
    limit: int | None
    raw: bool


ARMS = (
    Arm("", None, raw=False),
    Arm(f", pool of {SMALL_POOL}", SMALL_POOL, raw=False),
    Arm(f", raw, pool of {SMALL_POOL}", SMALL_POOL, raw=True),
)


def figures(
    shares: Float64,
    adjusted: Float64 | None,
    vectors: Floats,
    listed: int,
    *,
    beside: Mapping[str, Float64],
    space: Floats,
) -> dict[str, dict[str, float]]:
    """By method, say `diversity 1, raw, pool of 50`: what the lists of each λ and arm are like.

    Args:
        shares: percentiles (Q, N), own ones −1.
        adjusted: (Q, N); without them only the raw ranking is spread.
        vectors: (N, r), whose distances the picks are spread by.
        beside: percentiles (Q, N) in what ranked nothing, by name.
        space: (N, d), unit vectors of an encoder that ranked nothing.
    """
    found: dict[str, dict[str, float]] = {}
    for arm in ARMS:
        if not arm.raw and adjusted is None:
            continue
        picks = lists(shares, None if arm.raw else adjusted, vectors, arm.limit, listed)
        plain = [_pairs(vectors, row) for row in picks[0.0]]
        for diversity, rows in picks.items():
            pairs = plain if diversity == 0 else [_pairs(vectors, row) for row in rows]
            named = found[f"diversity {diversity:g}{arm.name}"] = quality_figures.of_lists(
                rows, {VIEW: shares, **beside}, space
            )
            named |= _apart(pairs, plain)
            named["lowest_percentile"] = float(np.take_along_axis(shares, rows, axis=1).mean(axis=1).min())
    return found


def lists(
    shares: Float64, adjusted: Float64 | None, vectors: Floats, limit: int | None, listed: int
) -> dict[float, Rows]:
    """By λ the rows (Q, listed) of the first page."""
    size = shares.shape[1]
    pool = min(pool_size(limit, listed, size), size - 1)
    found: dict[float, list[list[int]]] = {diversity: [] for diversity in DIVERSITIES}
    for place, row in enumerate(shares):
        own = None if adjusted is None else adjusted[place]
        names = [entry.image_id for entry in ranking(row, own, listed, pool)]
        rows = np.array([int(name) for name in names], dtype=np.intp)
        apart = blended_shares(names, {VIEW: (names, pair_distances(vectors[rows]))}, {VIEW: 1.0})
        for diversity, picks in found.items():
            picks.append(rows[spread(apart, diversity, listed)].tolist())
    return {diversity: np.array(picks, dtype=np.intp) for diversity, picks in found.items()}


def ranking(shares: Float64, adjusted: Float64 | None, listed: int, count: int) -> list[Ranked]:
    """The first `count` of one query's ranking of a gallery (N,), most divergent first; rows as ids, whose
    order is theirs."""
    band = band_size(len(shares), listed)
    deep = min(max(count, band), len(shares) - 1)  # the query's own is never among them
    rows = np.flatnonzero(shares >= -np.partition(-shares, deep - 1)[deep - 1])
    names = Candidates([f"{row:09}" for row in rows], {VIEW: shares[rows]})
    ranked = select("divergent", names, {VIEW: 1.0})
    if adjusted is not None:
        ranked = reordered(ranked, band, adjusted[rows])
    return ranked.first(count)


def rows(found: Mapping[str, Mapping[str, float]]) -> list[dict[str, str | float]]:
    """As quality.json has them."""
    return [
        {"view": VIEW, "method": method, "figure": name, "value": value}
        for method, named in found.items()
        for name, value in named.items()
    ]


def verdict(found: Mapping[str, Mapping[str, float]]) -> str:
    """Whether λ = 1 over the default pool does what is asked of it, in a sentence; empty without it."""
    one = found.get("diversity 1")
    if one is None:
        return ""
    ratio, share = one["least_distance_ratio"], one[f"{VIEW}_percentile"]
    met = ratio >= LEAST_RATIO and share >= LEAST_PERCENTILE
    return (
        f"Asked of λ = 1: the least distance {LEAST_RATIO:g} times that of λ = 0 (it is {ratio:.2f} times), "
        f"the mean percentile {LEAST_PERCENTILE:g} (it is {share:.4f}): {'met' if met else 'not met'}."
    )


def _apart(pairs: Sequence[Float64], plain: Sequence[Float64]) -> dict[str, float]:
    """Of lists' distances, each pair once, beside those of the same queries at λ = 0."""
    least, before = (np.array([one.min(initial=np.inf) for one in each]) for each in (pairs, plain))
    return {
        "least_distance": float(least.mean()),
        "mean_distance": float(np.mean([one.mean() for one in pairs])),
        "least_distance_ratio": float(least.mean() / before.mean()),
        "doubled": float((least >= 2 * before).mean()),
    }


def _pairs(vectors: Floats, rows: Rows) -> Float64:
    found: Float64 = pair_distances(vectors[rows])[np.triu_indices(len(rows), 1)]
    return found
