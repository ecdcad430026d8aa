"""The corrections that were weighed for the far band of the DRML view, in one table.

    python -m tests.bench.corrections --data DATA [--seed 1]

DATA as for `tests.bench.quality`. For each correction and band: distinct pictures among the 5 first of 1,000
queries, the share of lists that the most frequent one is in, the mean distance percentile of the picks.
"""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from scipy.stats import norm

from drml_service.artifact import STARTER
from drml_service.search import Float32, exact_distances
from tests.bench.quality_gallery import open_gallery
from tests.bench.quality_lists import Float64, Rows, shares

LISTED = 5
BANDS = (100, 50, 20)  # the furthest hundredth, fiftieth, twentieth
# D (Q, N), then for the pictures R (N, m) and for the queries (Q, m) the distances to the reference sample.
Correction = Callable[[Float64, Float64, Float64], Float64]


def power(p: int) -> Correction:
    """The z-score of Dᵖ."""

    def score(far: Float64, gallery: Float64, _: Float64) -> Float64:
        usual = gallery**p
        apart: Float64 = (far**p - usual.mean(axis=1)) / usual.std(axis=1)
        return apart

    return score


def local_scaling(k: int) -> Correction:
    """D² ÷ (R_k(x) · R_k(q)), R_k: to the kth nearest reference (Zelnik-Manor and Perona 2004)."""

    def score(far: Float64, gallery: Float64, asking: Float64) -> Float64:
        return far**2 / np.outer(np.sort(asking, axis=1)[:, k - 1], np.sort(gallery, axis=1)[:, k - 1])

    return score


def csls(k: int) -> Correction:
    """2D − mean of the k nearest references' distances, x's and q's (Conneau et al. 2018, with distances)."""

    def score(far: Float64, gallery: Float64, asking: Float64) -> Float64:
        near = [np.sort(table, axis=1)[:, :k].mean(axis=1) for table in (asking, gallery)]
        apart: Float64 = 2 * far - near[0][:, None] - near[1]
        return apart

    return score


def farthest_mean(k: int) -> Correction:
    """D − mean of the k farthest references' distances."""
    return lambda far, gallery, _: far - np.sort(gallery, axis=1)[:, -k:].mean(axis=1)


def mutual_proximity(far: Float64, gallery: Float64, asking: Float64) -> Float64:
    """P(R_x < D) · P(R_q < D), both taken as normal (Schnitzer et al. 2012)."""
    own: Float64 = norm.cdf((far - asking.mean(axis=1)[:, None]) / asking.std(axis=1)[:, None])
    other: Float64 = norm.cdf((far - gallery.mean(axis=1)) / gallery.std(axis=1))
    both: Float64 = own * other
    return both


def empirical_share(far: Float64, gallery: Float64, _: Float64) -> Float64:
    """Share of the references that x is closer to than to q."""
    ordered = np.sort(gallery, axis=1)
    columns = [np.searchsorted(ordered[row], far[:, row]) for row in range(far.shape[1])]
    share: Float64 = np.stack(columns, axis=1) / gallery.shape[1] + 1e-9 * far
    return share


CORRECTIONS: dict[str, Correction] = {
    "none": lambda far, _, __: far,
    "D − mean": lambda far, gallery, _: far - gallery.mean(axis=1),
    "z of D": power(1),
    "z of D²": power(2),
    "z of D⁴ (taken)": power(4),
    "z of D⁸": power(8),
    "local scaling, k = 10": local_scaling(10),
    "CSLS, k = 10": csls(10),
    "D − mean of the 200 farthest": farthest_mean(200),
    "mutual proximity, normal": mutual_proximity,
    "share of the references": empirical_share,
}


def rows(vectors: Float32, sample: Float32, queries: Rows) -> Iterator[tuple[str, int, int, float, float]]:
    """For each correction and band: its name, the band's divisor, distinct, top share, mean percentile."""
    far = np.stack([exact_distances(vectors[row], vectors) for row in queries])
    gallery = np.stack([exact_distances(vector, sample) for vector in vectors])
    percentiles = shares(far, queries)
    far_first = np.argsort(-percentiles, axis=1, kind="stable")
    for name, correction in CORRECTIONS.items():
        adjusted = correction(far, gallery, gallery[queries])
        for divisor in BANDS:
            band = far_first[:, : len(vectors) // divisor]
            inside = np.take_along_axis(adjusted, band, axis=1)
            best = np.argsort(-inside, axis=1, kind="stable")[:, :LISTED]
            picks = np.take_along_axis(band, best, axis=1)
            counts = np.bincount(picks.ravel())
            mean = float(np.take_along_axis(percentiles, picks, axis=1).mean())
            yield name, divisor, int((counts > 0).sum()), float(counts.max() / len(queries)), mean


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--drml", type=Path, default=STARTER, help="the artifact's folder")
    parser.add_argument("--queries", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    values = parser.parse_args()
    from tests.bench.quality_views import embedded  # brings two frameworks, which the formulas need not

    kept = values.out / "quality-cache"
    kept.mkdir(parents=True, exist_ok=True)
    view = embedded(open_gallery(values.data), values.drml, kept, threads=2)
    if view.sample is None:
        raise SystemExit("the artifact has no reference sample")
    size, source = len(view.vectors), np.random.default_rng(values.seed)
    queries = np.sort(source.choice(size, min(values.queries, size), replace=False))
    print("| correction | band | distinct | top share | mean percentile |\n|---|---:|---:|---:|---:|")
    for name, divisor, distinct, top, mean in rows(view.vectors, view.sample, queries):
        print(f"| {name} | {100 // divisor} % | {distinct:,} | {top:.3f} | {mean:.4f} |", flush=True)


if __name__ == "__main__":
    main()
