"""Vectors and queries in eight bits, with bounds that hold on every distance seen through them.

A vector x is kept as s·c, c integers of −127..127, beside what a bound needs; with y, q_p, q_t and q_t·x from
`directions`, and the query's own code t·d,

    d² − ‖q‖² = ‖x‖² − 2 q·x
    q·x = t s (d·c) + (q_p − t d)·(s c) + q_p·(y − s c) + q_t·x

The first term is the scan. By Cauchy and Schwarz the others are at most
‖q_p − t d‖ ‖s c‖ + ‖q_p‖ ‖y − s c‖ + ‖q_t‖ ‖x − V y‖, one number of the query times one of the vector each.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drml_service.directions import STEP, Directions
from drml_service.search import Float32, Float64

Int8 = NDArray[np.int8]
Int32 = NDArray[np.int32]

LARGEST_CODE = 127
# The rows of a vector's numbers: ‖x‖², then the upper bounds ‖x‖, ‖s c‖, ‖y − s c‖, ‖x − V y‖, then s.
NUMBERS = 6
BOUNDED = slice(0, 5)
SCALE = 5
# A scan in float32 adds 5 + 3 rounded terms, none of which exceeds ‖x‖² + 8‖q‖‖x‖; sixteen roundings of 2⁻²⁴
# are 10⁻⁶. The float64 steps and the distance's own definition are 10⁻⁴ of that.
_ROUNDED = 1e-6
# Where float32 underflows, each of some twenty operations loses at most 2⁻¹²⁶.
UNDERFLOW = 2.0**-120
_SMALLEST_SCALE = 2.0**-100


@dataclass(frozen=True, slots=True)
class Coded:
    """codes c (n, p, padded) of int8 and numbers (6, n) of float32."""

    codes: Int8
    numbers: Float32


@dataclass(frozen=True, slots=True)
class CodedQueries:
    """codes d (k, p, padded) of int8; 2t (k,); coefficients (k, 5) of both bounds; ‖q‖² (k,)."""

    codes: Int8
    double_scales: Float32
    lower: Float32
    upper: Float32
    squares: Float64


def padded(width: int) -> int:
    """p with zeros up to a multiple of 32: kernels like it, and torch 2.13's is wrong at p = 1."""
    return -(-width // STEP) * STEP


def code(directions: Directions, vectors: Float32) -> Coded:
    """The codes of vectors (n, r)."""
    wide = vectors.astype(np.float64)
    projected, rests = directions.project(wide)
    scales = _scales(projected).astype(np.float32)
    codes = _rounded(projected, scales)
    seen = codes[:, : directions.width] * scales.astype(np.float64)[:, None]
    squares = np.square(wide).sum(axis=1)
    numbers = np.empty((NUMBERS, len(vectors)), dtype=np.float32)
    numbers[0], numbers[SCALE] = squares, scales
    lost = np.sqrt(np.square(projected - seen).sum(axis=1))
    for row, bound in enumerate((np.sqrt(squares), np.sqrt(np.square(seen).sum(axis=1)), lost, rests), 1):
        numbers[row] = _rounded_up(bound)
    return Coded(codes, numbers)


def code_queries(directions: Directions, queries: Float32) -> CodedQueries:
    """The codes of queries (k, r), and what their bounds are made of."""
    wide = queries.astype(np.float64)
    projected, rests = directions.project(wide)
    scales = _scales(projected)
    codes = _rounded(projected, scales)
    squares = np.square(wide).sum(axis=1)
    lost = np.sqrt(np.square(projected - codes[:, : directions.width] * scales[:, None]).sum(axis=1))
    shares = 2 * np.stack(
        [8 * _ROUNDED * np.sqrt(squares), lost, np.sqrt(np.square(projected).sum(axis=1)), rests], axis=1
    )
    shares *= 1 + _ROUNDED
    ones = np.ones((len(queries), 1))
    return CodedQueries(
        codes,
        (2 * scales).astype(np.float32),
        np.hstack([(1 - _ROUNDED) * ones, -shares]).astype(np.float32),
        np.hstack([(1 + _ROUNDED) * ones, shares]).astype(np.float32),
        squares,
    )


def bounds(queries: CodedQueries, numbers: Float32, products: Int32, lower: Float32, upper: Float32) -> None:
    """Write between what d² − ‖q‖² lies, apart from `UNDERFLOW`, into `lower` and `upper`, (k, n) each.

    Args:
        numbers: of the vectors, (6, n).
        products: d·c, (k, n); below 2²⁴ in magnitude, hence exact in float32.
    """
    scanned = products.astype(np.float32)
    scanned *= numbers[SCALE]
    scanned *= queries.double_scales[:, None]
    np.subtract(queries.lower @ numbers[BOUNDED], scanned, out=lower)
    np.subtract(queries.upper @ numbers[BOUNDED], scanned, out=upper)


def _scales(projected: Float64) -> Float64:
    largest: Float64 = np.abs(projected).max(axis=1, initial=0.0) / LARGEST_CODE
    return np.maximum(largest, _SMALLEST_SCALE)


def _rounded(projected: Float64, scales: NDArray[np.floating]) -> Int8:
    steps = np.rint(projected / scales.astype(np.float64)[:, None])
    codes = np.zeros((len(projected), padded(projected.shape[1])), dtype=np.int8)
    np.clip(steps, -LARGEST_CODE, LARGEST_CODE, out=codes[:, : projected.shape[1]], casting="unsafe")
    return codes


def _rounded_up(bound: Float64) -> Float32:
    return np.nextafter((bound * (1 + 1e-9)).astype(np.float32), np.float32(np.inf))
