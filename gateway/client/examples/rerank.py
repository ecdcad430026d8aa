"""Re-rank what a recommender would show, so that it shows less of the same; measure what that does.

    python rerank.py --users 20 --pool 50 --show 10 --divergence 0.7

Each user saw a few pictures that resemble each other. A recommender that offers "more like this" (here:
`/similar` to what was seen) gives a ranked list of `--pool` pictures. That list is re-ranked through the API,
and the first `--show` of the old and of the new list are compared:

- intra-list distance: the mean distance between two pictures of a list, in colours (Hellinger's distance of
  64-bin RGB histograms, 0..1) and in words (1 − Jaccard of the captions' content, 0..1). No view ranks by
  histograms, so the first judges from outside.
- coverage: the share of all pictures shown to anybody, of those that could have been shown.
- relevance kept: the mean place in the recommender's own list, 1 the first, 0 the last of the pool.

A list of your own goes through `rerank` in the same way.
"""

import argparse
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random
from statistics import mean

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from diversity_client import Client

Histogram = NDArray[np.float64]
BINS = 4  # of each channel
SEEN = 3  # pictures that a user saw


def rerank(
    gateway: Client, ranked: Sequence[str], everything: frozenset[str], show: int, divergence: float
) -> list[str]:
    """The first `show` of `ranked`, chosen anew: greedy max-min (Gonzalez 1985) over the API's divergence.

    Each next pick has the largest (1 − divergence) · place + divergence · farness, where `place` falls evenly
    from 1 to 0 along `ranked`, and `farness` is the gateway's divergence from the picks so far, a history of
    which counts the nearest. `everything` is every id of the catalogue: what is not ranked is excluded, so
    the reply is about the ranked ones alone (10,000 ids at most).
    """
    place = {image_id: 1 - index / max(1, len(ranked) - 1) for index, image_id in enumerate(ranked)}
    picks = [ranked[0]]
    while len(picks) < min(show, len(ranked)):
        left = [image_id for image_id in ranked if image_id not in picks]
        answer = gateway.divergent(
            history=picks,
            exclude=sorted(everything.difference(left)),
            n=min(100, len(left)),
            raw=True,
            near_duplicates="keep",
            include_blank=True,
        )
        farness = {result.image_id: result.divergence for result in answer.results}
        picks.append(
            max(
                left,
                key=lambda image_id: (
                    (1 - divergence) * place[image_id] + divergence * farness.get(image_id, 0.0)
                ),
            )
        )
    return picks


@dataclass(frozen=True, slots=True)
class Looks:
    """What a picture is compared by, outside the views."""

    colours: Histogram
    words: frozenset[str]


def looks_of(gateway: Client, image_id: str) -> Looks:
    """From the thumbnail and the captions of a picture."""
    pixels = Image.open(io.BytesIO(gateway.content(image_id, size="thumb"))).convert("RGB")
    levels = np.asarray(pixels, dtype=np.int64).reshape(-1, 3) * BINS // 256
    counts = np.bincount(levels @ np.array([BINS * BINS, BINS, 1]), minlength=BINS**3)
    words = " ".join(gateway.image(image_id).captions).lower().split()
    return Looks(counts / counts.sum(), frozenset(word for word in words if len(word) > 3))


def colour_distance(one: Looks, other: Looks) -> float:
    """Hellinger's: √(1 − Σ√(pᵢqᵢ))."""
    shared = float(np.sqrt(one.colours * other.colours).sum())
    return float(np.sqrt(max(0.0, 1.0 - shared)))


def word_distance(one: Looks, other: Looks) -> float:
    """1 − shared words ÷ all words."""
    every = one.words | other.words
    return 1 - len(one.words & other.words) / len(every) if every else 0.0


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the lists shown to all users."""

    colours: float
    words: float
    coverage: float
    relevance: float


def measure(
    shown: Sequence[Sequence[str]], pools: Sequence[Sequence[str]], looks: dict[str, Looks]
) -> Figures:
    """Means over the lists."""
    pairs = [[(looks[a], looks[b]) for a, b in combinations(images, 2)] for images in shown]
    possible = min(len({image_id for pool in pools for image_id in pool}), sum(map(len, shown)))
    places = [
        1 - pool.index(image_id) / max(1, len(pool) - 1)
        for images, pool in zip(shown, pools, strict=True)
        for image_id in images
    ]
    return Figures(
        colours=mean(mean(colour_distance(*pair) for pair in of_list) for of_list in pairs),
        words=mean(mean(word_distance(*pair) for pair in of_list) for of_list in pairs),
        coverage=len({image_id for images in shown for image_id in images}) / possible,
        relevance=mean(places),
    )


def bubbles(gateway: Client, ids: Sequence[str], users: int, pool: int, source: Random) -> list[list[str]]:
    """What a recommender would show each user: the nearest to some pictures that resemble each other."""
    lists = []
    for liked in source.sample(list(ids), users):
        near = gateway.similar(image_id=liked, n=SEEN - 1)
        seen = [liked, *(result.image_id for result in near.results)]
        lists.append([result.image_id for result in gateway.similar(history=seen, n=pool).results])
    return lists


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table; `arguments` are the command line's unless given."""
    parser = argparse.ArgumentParser(description="Re-rank similar pictures for divergence, and measure it.")
    parser.add_argument("--url", help="of the gateway; else DIVERSITY_URL")
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument(
        "--pool", type=int, default=50, help="pictures that the recommender ranks, 100 at most"
    )
    parser.add_argument("--show", type=int, default=10)
    parser.add_argument("--divergence", type=float, nargs="+", default=[0.3, 0.7, 1.0])
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    with Client(asked.url) as gateway:
        ids = [image.image_id for image in gateway.all_images()]
        pools = bubbles(gateway, ids, asked.users, asked.pool, Random(asked.seed))  # noqa: S311 - a draw of users to be repeated, no secret
        arms = {"the recommender's": [pool[: asked.show] for pool in pools]}
        for share in asked.divergence:
            arms[f"re-ranked, {share:g}"] = [
                rerank(gateway, pool, frozenset(ids), asked.show, share) for pool in pools
            ]
        looks = {image_id: looks_of(gateway, image_id) for image_id in _every(arms.values())}
        print(f"{len(ids)} pictures, {asked.users} users, {asked.show} of {asked.pool}, seed {asked.seed}")
        print(f"{'list':<20}{'colours':>9}{'words':>9}{'coverage':>10}{'relevance':>11}")
        for name, shown in arms.items():
            told = measure(shown, pools, looks)
            print(
                f"{name:<20}{told.colours:9.3f}{told.words:9.3f}{told.coverage:10.3f}{told.relevance:11.3f}"
            )


def _every(arms: Iterable[Sequence[Sequence[str]]]) -> set[str]:
    return {image_id for shown in arms for images in shown for image_id in images}


if __name__ == "__main__":
    main()
