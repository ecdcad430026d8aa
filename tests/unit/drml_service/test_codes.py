"""What is seen through eight bits is within its bounds of the distance, whatever the vectors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from drml_service import search, tiling
from drml_service.bounding import write_bounds
from drml_service.codes import NUMBERS, code, code_queries, padded
from drml_service.directions import STEP, Directions
from drml_service.tiling import LANES

# Few values, so that vectors tie; far-off ones, so that float32 cancels; tiny ones, so that it underflows.
VALUES = st.one_of(
    st.sampled_from([0.0, 1.0, 2.0, 1e6, 1e6 + 0.125, -1e6, 2.0**-70, 2.0**-149, -(2.0**-126), 3e14]),
    st.floats(-100, 100, width=32),
)
VECTORS = st.tuples(st.integers(1, 10), st.integers(1, 8)).flatmap(
    lambda shape: arrays.arrays(np.float32, shape, elements=VALUES)
)


def flat(count: int, dimension: int, held: int, seed: int) -> np.ndarray:
    """Vectors that hardly leave `held` of their directions."""
    random = np.random.default_rng(seed)
    widths = np.where(np.arange(dimension) < held, 1.0, 0.01)
    turn = np.linalg.qr(random.standard_normal((dimension, dimension)))[0]
    x: np.ndarray = ((random.standard_normal((count, dimension)) * widths) @ turn).astype(np.float32)
    return x


def seen(
    directions: Directions, vectors: np.ndarray, queries: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(k, n) each: the lower bounds, what the definition gives, the upper bounds."""
    coded, asked = code(directions, vectors), code_queries(directions, queries)
    tiles = tiling.tiles(len(vectors), coded.codes.shape[1])
    tiling.write(tiles, np.arange(len(vectors)), coded.codes)
    numbers = np.zeros((len(tiles), NUMBERS, LANES), dtype=np.float32)
    for row in range(len(vectors)):
        numbers[row // LANES, :, row % LANES] = coded.numbers[:, row]
    lower, upper = (np.empty((len(queries), len(vectors))) for _ in range(2))
    for query in range(len(queries)):
        one = slice(query, query + 1)
        shares, doubles = asked.shares[query], asked.double_scales[one]
        write_bounds(tiles, numbers, asked.words[one], doubles, shares, lower[query], upper[query])
    defined = np.stack([search.exact_distances(query, vectors) ** 2 for query in queries])
    return lower, defined - asked.squares[:, None], upper


@given(VECTORS)
@settings(max_examples=200)
def test_bounds_hold_for_any_vectors(vectors: np.ndarray) -> None:
    lower, defined, upper = seen(Directions(vectors.shape[1], None), vectors, vectors[:3])
    assert (lower <= defined).all()
    assert (defined <= upper).all()


@pytest.mark.parametrize("scale", [1e-18, 1.0, 1e12])
def test_bounds_hold_along_few_directions_too(scale: float) -> None:
    """Queries of the same kind, and such as lie in no direction that was kept."""
    vectors = flat(600, 200, held=20, seed=1) * np.float32(scale)
    directions = Directions.of(vectors)
    assert directions.width == STEP
    strange = np.random.default_rng(2).standard_normal((4, 200)).astype(np.float32) * np.float32(scale)
    lower, defined, upper = seen(directions, vectors, np.vstack([vectors[:4], strange]))
    assert (lower <= defined).all()
    assert (defined <= upper).all()


def test_the_bounds_are_narrow_enough_to_be_of_use() -> None:
    """A tenth of what they tell apart, and real errors are at least a fiftieth of what is allowed."""
    vectors = flat(600, 200, held=20, seed=3)
    lower, defined, upper = seen(Directions.of(vectors), vectors, vectors[:8])
    assert (upper - lower).mean() < 0.1 * (defined.max() - defined.min())
    middle = (lower + upper) / 2
    assert np.abs(defined - middle).max() > (upper - lower).mean() / 100


def test_random_vectors_keep_all_their_numbers() -> None:
    random = np.random.default_rng(4).standard_normal((500, 100), dtype=np.float32)
    assert Directions.of(random).basis is None
    assert Directions.of(np.zeros((50, 100), dtype=np.float32)).width == 100


def test_as_many_directions_as_hold_what_is_asked() -> None:
    """Worked by hand: of 80 directions the first 33 are as wide as each other, the rest are nothing."""
    axes = np.eye(80, dtype=np.float32)[:33]
    assert Directions.of(axes, left_out=0.1).width == STEP
    assert Directions.of(axes, left_out=0.0).basis is None  # 64 of 80 would not pay


def test_what_is_left_out_is_never_understated() -> None:
    vectors = flat(300, 120, held=30, seed=5).astype(np.float64)
    directions = Directions.of(vectors.astype(np.float32))
    assert directions.basis is not None
    projected, rests = directions.project(vectors)
    left = np.linalg.norm(vectors - projected @ directions.basis.T, axis=1)
    assert (left <= rests).all()
    assert (rests <= left + 1e-5).all()


def test_a_code_worked_by_hand() -> None:
    """(127, −64, 0.4): scale 1, codes 127, −64 and 0, of which 0.4 is lost."""
    coded = code(Directions(3, None), np.array([[127.0, -64.0, 0.4]], dtype=np.float32))
    assert coded.codes[0, :3].tolist() == [127, -64, 0]
    assert coded.codes.shape == (1, padded(3)) == (1, 32)
    assert not coded.codes[0, 3:].any()
    assert coded.numbers[0, 0] == pytest.approx(127**2 + 64**2 + 0.16)
    assert coded.numbers[3, 0] == pytest.approx(0.4, rel=1e-6)
    assert coded.numbers[4:, 0].tolist() == [pytest.approx(0, abs=1e-40), 1]
