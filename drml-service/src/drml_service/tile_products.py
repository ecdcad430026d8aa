"""The innermost step of a scan: sixteen vectors against a few queries, as LLVM's vector instructions.

For every query and vector: the product d·c in int32, the middle ‖x‖² − 2 t s (d·c) of equation (4), and a bit
for each that reaches a limit. What LLVM makes of a plain loop over sixteen lanes takes several times as long.
Machines with AVX-512 or AVX2 multiply and add pairs in one instruction; elsewhere it takes several.
"""

from collections.abc import Callable
from functools import reduce
from itertools import chain
from typing import Any, cast

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from drml_service.tiling import LANES

_I8, _I16, _I32, _I64 = (ir.IntType(bits) for bits in (8, 16, 32, 64))
_F32 = ir.FloatType()
_SUMS, _FLOATS, _PAIRS = (
    ir.VectorType(_I32, LANES),
    ir.VectorType(_F32, LANES),
    ir.VectorType(_I16, 2 * LANES),
)
_PARAMETERS = 9
_CHAINS = 8  # divides p ÷ 2, as p is a multiple of 32
Tile = Callable[..., int]


def instructions() -> str:
    """Which of the three ways this machine takes: avx512, avx2 or plain."""
    features = llvmlite.binding.get_host_cpu_features()
    if features.get("avx512bw"):
        return "avx512"
    return "avx2" if features.get("avx2") else "plain"


def tile_against(queries: int, way: str) -> Tile:
    """A function for compiled loops, for so many queries at once.

    Its arguments are addresses, but for the third: of a tile's codes; of the queries' codes, pairs of int16
    (k, p ÷ 2); p ÷ 2; of sixteen ‖x‖² and sixteen s; of the queries' 2t (k,) and limits (k, 2), one from
    above and one from below; where to write the middles (k, 16), and for each query the bits of those at or
    below its first limit and, shifted by 16, at or above its second. Returns all queries' bits together.
    """

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        codes, words, steps, squares, scales, doubles, limits, middles, bits = arguments
        sums = _products(builder, codes, words, steps, queries=queries, way=way)
        square, scale = (_load(builder, address, _FLOATS, 0) for address in (squares, scales))
        together = ir.Constant(_I32, 0)
        for query, product in enumerate(sums):
            double = _everywhere(builder, _load(builder, doubles, _F32, query), LANES)
            scaled = builder.fmul(builder.fmul(builder.sitofp(product, _FLOATS), scale), double)
            middle = builder.fsub(square, scaled)
            _store(builder, middle, middles, query)
            reached = []
            for place, comparison in enumerate(("<=", ">=")):
                limit = _everywhere(builder, _load(builder, limits, _F32, 2 * query + place), LANES)
                lanes = builder.bitcast(builder.fcmp_ordered(comparison, middle, limit), ir.IntType(LANES))
                reached.append(builder.zext(lanes, _I32))
            both = builder.or_(reached[0], builder.shl(reached[1], ir.Constant(_I32, LANES)))
            _store(builder, both, bits, query)
            together = builder.or_(together, both)
        return builder.zext(together, _I64)

    def tile(  # noqa: PLR0917 - numba passes by position
        _: Any, codes: Any, words: Any, steps: Any, squares: Any, scales: Any, doubles: Any, limits: Any,
        middles: Any, bits: Any,
    ) -> Any:  # fmt: skip
        return types.int64(*(types.intp,) * _PARAMETERS), generate

    made: Any = intrinsic(tile)
    return cast(Tile, made)


def _lowest_bit(_: Any, bits: Any) -> Any:
    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.int64), generate


def _floats_at(_: Any, address: Any) -> Any:
    pointer = types.CPointer(types.float32)

    def generate(context: Any, builder: Any, _: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(pointer))

    return pointer(types.intp), generate


# For compiled loops: the place of the lowest bit of an int64, not 0; a pointer to float32 from an address.
lowest_bit = cast(Callable[[Any], int], intrinsic(_lowest_bit))
floats_at = cast(Callable[[int], Any], intrinsic(_floats_at))


def _products(builder: Any, codes: Any, words: Any, steps: Any, *, queries: int, way: str) -> list[Any]:
    """d·c of a tile and each query, (16,) of int32; in registers for `sifting.AT_ONCE` queries.

    An addition waits for the one before it, so one query alone has eight sums too, of every eighth step.
    """
    chains = max(1, _CHAINS // queries)
    sums = [[cgutils.alloca_once(builder, _SUMS) for _ in range(chains)] for _ in range(queries)]
    for total in chain.from_iterable(sums):
        builder.store(ir.Constant(_SUMS, None), total)
    with cgutils.for_range(builder, builder.udiv(steps, ir.Constant(_I64, chains))) as loop:
        for number in range(chains):
            step = builder.add(builder.mul(loop.index, ir.Constant(_I64, chains)), ir.Constant(_I64, number))
            pairs = builder.sext(_load(builder, codes, ir.VectorType(_I8, 2 * LANES), step), _PAIRS)
            for query, of_query in enumerate(sums):
                place = builder.add(builder.mul(steps, ir.Constant(_I64, query)), step)
                word = _everywhere(builder, _load(builder, words, _I32, place), LANES)
                product = _added_in_pairs(builder, pairs, builder.bitcast(word, _PAIRS), way)
                builder.store(builder.add(builder.load(of_query[number]), product), of_query[number])
    return [reduce(builder.add, [builder.load(total) for total in of_query]) for of_query in sums]


def _added_in_pairs(builder: Any, left: Any, right: Any, way: str) -> Any:
    """left₀·right₀ + left₁·right₁, left₂·right₂ + left₃·right₃, ... of int16 (32,) as int32 (16,)."""
    if way == "avx512":
        return builder.call(_function(builder, "llvm.x86.avx512.pmaddw.d.512", LANES), [left, right])
    if way == "avx2":
        function = _function(builder, "llvm.x86.avx2.pmadd.wd", LANES // 2)
        halves = [
            builder.call(
                function, [_picked(builder, part, range(start, start + LANES)) for part in (left, right)]
            )
            for start in (0, LANES)
        ]
        return builder.shuffle_vector(*halves, _places(range(LANES)))
    products = []
    for first in (0, 1):
        lanes = range(first, 2 * LANES, 2)
        wide = [builder.sext(_picked(builder, part, lanes), _SUMS) for part in (left, right)]
        products.append(builder.mul(*wide))
    return builder.add(*products)


def _function(builder: Any, name: str, lanes: int) -> Any:
    kind = ir.FunctionType(ir.VectorType(_I32, lanes), [ir.VectorType(_I16, 2 * lanes)] * 2)
    return cgutils.get_or_insert_function(builder.module, kind, name)


def _places(lanes: range) -> Any:
    return ir.Constant(ir.VectorType(_I32, len(lanes)), list(lanes))


def _picked(builder: Any, vector: Any, lanes: range) -> Any:
    return builder.shuffle_vector(vector, ir.Constant(vector.type, ir.Undefined), _places(lanes))


def _everywhere(builder: Any, value: Any, lanes: int) -> Any:
    kind = ir.VectorType(value.type, lanes)
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), value, ir.Constant(_I32, 0))
    nowhere = ir.Constant(ir.VectorType(_I32, lanes), [0] * lanes)
    return builder.shuffle_vector(first, ir.Constant(kind, ir.Undefined), nowhere)


def _load(builder: Any, address: Any, kind: Any, place: Any) -> Any:
    """Numpy promises no more alignment than a number's own; a vector's would be more."""
    number = getattr(kind, "element", kind)
    return builder.load(
        _at(builder, address, kind, place), align=max(number.width // 8, 1) if number != _F32 else 4
    )


def _store(builder: Any, value: Any, address: Any, place: int) -> None:
    builder.store(value, _at(builder, address, value.type, place), align=4)


def _at(builder: Any, address: Any, kind: Any, place: Any) -> Any:
    index = ir.Constant(_I64, place) if isinstance(place, int) else place
    return builder.gep(builder.inttoptr(address, kind.as_pointer()), [index])
