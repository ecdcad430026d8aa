"""The corrections that were weighed for histories in the far band of the DRML view, in one table.

    python -m tests.bench.corrections_of_histories --data DATA [--histories 300] [--seed 1]

DATA as for `tests.bench.quality`, with classes. Histories of five pictures, drawn from all or from one class,
of equal weights or of falling ones. For each correction: distinct pictures among the 5 first, the share of
lists that the most frequent one is in, the mean percentile of the picks' least distance ÷ weight.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np

from drml_service.artifact import STARTER
from drml_service.correction import usual_distances
from drml_service.search import Float32
from tests.bench.quality_gallery import open_gallery
from tests.bench.quality_lists import Float64, Rows, shares

LISTED, MEMBERS = 5, 5
WEIGHTS: Mapping[str, tuple[float, ...]] = {"equal": (1.0,) * MEMBERS, "falling": (1.0, 0.8, 0.6, 0.4, 0.2)}
# From the distances of a history's members (k, N), their weights (k,), and μ and σ of the pictures (N, 2).
Correction = Callable[[Float64, Float64, Float64], Float64]


def apart(some: Float32, others: Float32) -> Float64:
    """Distances (k, n) by one product in float64: as many by their definition would take minutes."""
    one, other = some.astype(np.float64), others.astype(np.float64)
    squares = np.square(one).sum(axis=1)[:, None] + np.square(other).sum(axis=1) - 2 * one @ other.T
    distances: Float64 = np.sqrt(np.maximum(squares, 0))
    return distances


def least(far: Float64, weights: Float64, _: Float64) -> Float64:
    """min D ÷ w: the plain farthest."""
    quotients: Float64 = (far / weights[:, None]).min(axis=0)
    return quotients


def z(distances: Float64, usual: Float64) -> Float64:
    """(D⁴ − μ) ÷ σ."""
    value: Float64 = (distances**4 - usual[:, 0]) / usual[:, 1]
    return value


def z_of_the_holding(far: Float64, weights: Float64, usual: Float64) -> Float64:
    """Of the D of the member with the least D ÷ w."""
    holding = (far / weights[:, None]).argmin(axis=0)
    return z(far[holding, np.arange(far.shape[1])], usual)


def z_of_the_quotient(far: Float64, weights: Float64, usual: Float64) -> Float64:
    """Of the least D ÷ w itself."""
    return z(least(far, weights, usual), usual)


def weighted_mean(far: Float64, weights: Float64, usual: Float64) -> Float64:
    """Σ w z ÷ Σ w over the members."""
    mean: Float64 = np.average(np.stack([z(row, usual) for row in far]), axis=0, weights=weights)
    return mean


def least_z(far: Float64, _: Float64, usual: Float64) -> Float64:
    """The least z of the members, whatever they weigh."""
    smallest: Float64 = np.stack([z(row, usual) for row in far]).min(axis=0)
    return smallest


CORRECTIONS: Mapping[str, Correction] = {
    "none": least,
    "z of the holding member (taken)": z_of_the_holding,
    "z of the least D ÷ w": z_of_the_quotient,
    "mean of the members' z by weight": weighted_mean,
    "least of the members' z": least_z,
}


def usual_least(sample: Float64, count: int) -> Float64:
    """μ and σ (N, 2) of the least of `count` draws from each picture's own D⁴ to the references (N, m)."""
    places = np.arange(sample.shape[1] + 1) / sample.shape[1]
    chance = -np.diff((1 - places) ** count)
    ordered = np.sort(sample**4, axis=1)
    mean, square = ordered @ chance, ordered**2 @ chance
    return np.column_stack([mean, np.sqrt(square - mean**2)])


def drawn(classes: Rows, alike: bool, count: int, source: np.random.Generator) -> Iterator[Rows]:
    """Histories: `MEMBERS` pictures each, of one class or of any."""
    for _ in range(count):
        among = source.choice(np.unique(classes)) if alike else None
        pool = np.arange(len(classes)) if among is None else np.flatnonzero(classes == among)
        yield source.choice(pool, MEMBERS, replace=False)


def rows(
    vectors: Float32, sample: Float32, histories: list[Rows], weights: Float64
) -> Iterator[tuple[str, int, float, float]]:
    """For each correction: its name, distinct, top share, mean percentile."""
    usual = usual_distances(vectors, sample)
    of_the_least = usual_least(apart(vectors, sample), MEMBERS)
    picks = dict[str, list[Rows]]()
    percentiles = dict[str, list[float]]()
    for members in histories:
        own = np.delete(np.arange(len(vectors)), members)
        far = apart(vectors[members], vectors)[:, own]
        # `shares` leaves one entry out: none here, as the members are gone.
        ranked = shares(np.append(least(far, weights, usual[own]), 0.0)[None], np.array([len(own)]))[0, :-1]
        band = np.argsort(-ranked, kind="stable")[: len(vectors) // 100]
        values = {name: one(far, weights, usual[own]) for name, one in CORRECTIONS.items()}
        if (weights == weights[0]).all():
            values["z among the least of as many"] = z(far.min(axis=0), of_the_least[own])
        for name, adjusted in values.items():
            best = band[np.argsort(-adjusted[band], kind="stable")[:LISTED]]
            picks.setdefault(name, []).append(own[best])
            percentiles.setdefault(name, []).append(float(ranked[best].mean()))
    for name, found in picks.items():
        counts = np.bincount(np.concatenate(found))
        top = float(counts.max() / len(histories))
        yield name, int((counts > 0).sum()), top, float(np.mean(percentiles[name]))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--drml", type=Path, default=STARTER, help="the artifact's folder")
    parser.add_argument("--histories", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    values = parser.parse_args()
    from tests.bench.quality_views import embedded  # brings two frameworks, which the formulas need not

    kept = values.out / "quality-cache"
    kept.mkdir(parents=True, exist_ok=True)
    gallery = open_gallery(values.data)
    view = embedded(gallery, values.drml, kept, threads=2)
    if view.sample is None or not gallery.classes:
        raise SystemExit("the artifact must have a reference sample, and the gallery classes")
    classes = np.unique(gallery.classes, return_inverse=True)[1]
    source = np.random.default_rng(values.seed)
    print("| history | weights | correction | distinct | top share | mean percentile |")
    print("|---|---|---|---:|---:|---:|")
    for alike in (False, True):
        for kind, weights in WEIGHTS.items():
            histories = list(drawn(classes, alike, values.histories, source))
            told = f"| {'one class' if alike else 'any'} | {kind} "
            for name, distinct, top, mean in rows(view.vectors, view.sample, histories, np.array(weights)):
                print(f"{told}| {name} | {distinct:,} | {top:.3f} | {mean:.4f} |", flush=True)


if __name__ == "__main__":
    main()
