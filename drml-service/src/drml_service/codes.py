"""Vectors and queries in eight bits, with bounds that hold on every distance seen through them.

A vector x is kept as s·c, c integers of −127..127, beside what a bound needs; with y, q_p, q_t and q_t·x from
`directions`, and the query's own code t·d,

    d² − ‖q‖² = ‖x‖² − 2 q·x
    q·x = t s (d·c) + (q_p − t d)·(s c) + q_p·(y − s c) + q_t·x

The first term is the scan. By Cauchy and Schwarz the others are at most
‖q_p − t d‖ ‖s c‖ + ‖q_p‖ ‖y − s c‖ + ‖q_t‖ ‖x − V y‖, one number of the query times one of the vector each.
Queries have finer codes than vectors, as fine as keeps d·c below 2²⁴: they are few, and stay in the cache.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drml_service import search
from drml_service.directions import STEP, Directions
from drml_service.search import Float32, Float64

Int8 = NDArray[np.int8]
Int16 = NDArray[np.int16]
Int32 = NDArray[np.int32]

LARGEST_CODE = 127
_EXACT = 2**24  # integers below are float32 numbers
# The rows of a vector's numbers: ‖x‖², then the upper bounds ‖x‖, ‖s c‖, ‖y − s c‖, ‖x − V y‖, then s.
NUMBERS = 6
BOUNDED = slice(0, 5)
SCALE = 5
# A scan in float32 rounds ‖x‖², 2t, two products and their difference, none of which exceeds ‖x‖² + 8‖q‖‖x‖;
# sixteen roundings of 2⁻²⁴ are 10⁻⁶. The float64 steps and the distance's own definition are 10⁻⁴ of that.
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
    """Pairs of codes d as words (k, p ÷ 2, padded); 2t (k,); shares (k, 6) of an error; ‖q‖² (k,).

    An error is Σ shares[j] · numbers[j] over the bounded numbers of a vector, and the last share.
    """

    words: Int32
    double_scales: Float32
    shares: Float64
    squares: Float64


def padded(width: int) -> int:
    """p with zeros up to a multiple of 32."""
    return -(-width // STEP) * STEP


def code(directions: Directions, vectors: Float32) -> Coded:
    """The codes of vectors (n, r)."""
    wide = vectors.astype(np.float64)
    projected, rests = directions.project(wide)
    scales = _scales(projected, LARGEST_CODE).astype(np.float32)
    codes = _rounded(projected, scales, LARGEST_CODE, np.int8)
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
    largest = _EXACT // (LARGEST_CODE * padded(directions.width))
    scales = _scales(projected, largest)
    codes = _rounded(projected, scales, largest, np.int16)
    squares = np.square(wide).sum(axis=1)
    shares = np.empty((len(queries), NUMBERS))
    shares[:, 0] = _ROUNDED
    shares[:, 1] = 16 * _ROUNDED * np.sqrt(squares)
    lost = np.square(projected - codes[:, : directions.width] * scales[:, None]).sum(axis=1)
    shares[:, 2] = 2 * np.sqrt(lost)
    shares[:, 3] = 2 * np.sqrt(np.square(projected).sum(axis=1))
    shares[:, 4] = 2 * rests
    shares[:, 5] = search.DEFINED * squares + UNDERFLOW
    shares *= 1 + _ROUNDED
    return CodedQueries(codes.view(np.int32), (2 * scales).astype(np.float32), shares, squares)


def _scales(projected: Float64, largest: int) -> Float64:
    scales: Float64 = np.abs(projected).max(axis=1, initial=0.0) / largest
    return np.maximum(scales, _SMALLEST_SCALE)


def _rounded(
    projected: Float64, scales: NDArray[np.floating], largest: int, kind: type[np.signedinteger]
) -> NDArray[np.signedinteger]:
    steps = np.rint(projected / scales.astype(np.float64)[:, None])
    codes = np.zeros((len(projected), padded(projected.shape[1])), dtype=kind)
    np.clip(steps, -largest, largest, out=codes[:, : projected.shape[1]], casting="unsafe")
    return codes


def _rounded_up(bound: Float64) -> Float32:
    return np.nextafter((bound * (1 + 1e-9)).astype(np.float32), np.float32(np.inf))
