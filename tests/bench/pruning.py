"""What bounds could spare the scan: rows that could still be listed when the bars are already perfect.

    python -m tests.bench.pruning [--data DATA]

A bar is the distance of the tenth nearest or farthest picture, which a real search knows only at its end, so
that what is left here is the least that any order of reading would leave. Norms: | ‖q‖ − ‖x‖ | and ‖q‖ + ‖x‖
bound the distance. Balls: a cluster's centre and radius do so for the whole cluster, and a picture's own
distance from the centre does for the picture.
"""

import argparse
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from tests.bench.search_vectors import clustered, of_pictures

Float64 = NDArray[np.float64]
QUERIES, N = 100, 10


def left_by(least: Float64, most: Float64, near: Float64, far: Float64) -> tuple[float, float]:
    """Bounds (Q, N) of the distances, bars (Q,): the shares of pictures that each end must still measure."""
    return float((least <= near[:, None]).mean()), float((most >= far[:, None]).mean())


def study(x: NDArray[np.float32], clusters: tuple[int, ...], seed: int) -> dict[str, tuple[float, float]]:
    """Vectors (N, r) to the shares left near and far, by the kind of bound."""
    centred = (x - x.mean(0)).astype(np.float32)
    queries = centred[np.random.default_rng(seed).choice(len(x), QUERIES, replace=False)]
    distances = _distances(queries, centred)
    near, far = np.partition(distances, N, 1)[:, N], -np.partition(-distances, N - 1, 1)[:, N - 1]
    norms = np.linalg.norm(centred, axis=1)[None], np.linalg.norm(queries, axis=1)[:, None]
    found = {"norms": left_by(np.abs(norms[1] - norms[0]), norms[1] + norms[0], near, far)}
    for count in clusters:
        means = faiss.Kmeans(x.shape[1], count, niter=10, seed=seed, max_points_per_centroid=100)
        means.train(centred)
        centres = np.asarray(means.centroids)
        own = means.index.search(centred, 1)[1][:, 0]
        away = np.linalg.norm(centred - centres[own], axis=1)
        radius = np.zeros(count)
        np.maximum.at(radius, own, away)
        to_centre = _distances(queries, centres)[:, own]
        for name, reach in (("balls", radius[own]), ("pictures", away)):
            least = np.abs(to_centre - reach) if name == "pictures" else to_centre - reach
            found[f"{name} of {count} clusters"] = left_by(least, to_centre + reach, near, far)
    return found


def _distances(queries: NDArray[np.float32], x: NDArray[np.float32]) -> Float64:
    squared = (queries**2).sum(1)[:, None] + (x**2).sum(1) - 2 * queries @ x.T
    distances: Float64 = np.sqrt(np.maximum(squared, 0)).astype(np.float64)
    return distances


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("build"))
    asked = parser.parse_args()
    faiss.omp_set_num_threads(asked.threads)
    kept = asked.out / "search-vectors.npy"
    vectors = (
        clustered(asked.count, seed=1)
        if asked.data is None
        else of_pictures(asked.data, asked.count, asked.threads, kept)
    )
    print(vectors.name)
    for name, (near, far) in study(vectors.x, (200, 1_000), seed=1).items():
        print(f"{name:28} near {near:6.3f}  far {far:6.3f}")


if __name__ == "__main__":
    main()
