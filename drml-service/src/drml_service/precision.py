"""Which precision an artifact is served in: the fastest that is near enough and that the processor has."""

from collections.abc import Collection, Mapping
from typing import Literal

Precision = Literal["float32", "bfloat16", "int8"]
# Worst cosine distance to float32 over the held-out pictures that publishing measured.
LARGEST_DRIFT = 0.001
# Fastest first, as measured wherever a processor has them.
_FASTEST: tuple[Precision, ...] = ("int8", "bfloat16", "float32")


_NARROW = "narrow"


def form_of(precision: Precision, rest: Precision, *, wide: bool) -> str:
    """What a network computed in `precision` is called: two processors that give other numbers differ in it.

    Args:
        rest: what is computed in beside eight bits.
        wide: whether eight-bit sums are never cut off.
    """
    if precision != "int8":
        return precision
    parts = [precision, *([] if rest == "float32" else [rest]), *([] if wide else [_NARROW])]
    return "-".join(parts)


def precision_of(form: str) -> Precision:
    """The inverse of `form_of`."""
    return next(precision for precision in _FASTEST if form.partition("-")[0] == precision)


def tolerance(form: str, drift: Mapping[str, float]) -> float:
    """How far answers to the golden inputs may be from float32's: as far as any precision, or, where sums may
    be cut off, as far as was published of this one."""
    if form == "float32":
        return 0.0
    if form.endswith(_NARROW):
        return min(LARGEST_DRIFT, drift.get(precision_of(form), 0.0))
    return LARGEST_DRIFT


def admitted(drift: Mapping[str, float]) -> set[Precision]:
    """The precisions that `drift` of a manifest admits. float32 is the reference: it always is."""
    near: set[Precision] = {p for p in _FASTEST if drift.get(p, float("inf")) <= LARGEST_DRIFT}
    return near | {"float32"}


def forms(
    wanted: Precision | Literal["auto"], drift: Mapping[str, float], supported: Collection[Precision]
) -> list[Precision]:
    """Every precision that may be served here, the one to serve in first."""
    first, _ = chosen(wanted, drift, supported)
    others = admitted(drift) & {*supported, "float32"}
    return [first, *sorted(others - {first})]


def chosen(
    wanted: Precision | Literal["auto"], drift: Mapping[str, float], supported: Collection[Precision]
) -> tuple[Precision, str | None]:
    """The precision to serve in, and why it is not the one that was asked for, if it is not."""
    near = admitted(drift)
    if wanted == "auto":
        return next(p for p in _FASTEST if p in near and (p in supported or p == "float32")), None
    if wanted not in near:
        measured = drift.get(wanted)
        said = "was not measured" if measured is None else f"is {measured:.2g}, above {LARGEST_DRIFT}"
        return "float32", f"the drift of {wanted} {said}"
    return wanted, None
