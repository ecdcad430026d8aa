"""Which precision an encoder is served in: the fastest that is near enough and that the processor has."""

from collections.abc import Collection, Mapping
from typing import Literal

Precision = Literal["float32", "bfloat16"]
Wanted = Literal["auto", "float32", "bfloat16"]
# Worst cosine distance of the features to float32's, over the held-out pictures that publishing measured.
LARGEST_DRIFT = 0.001
# Share of the sentences' words that are float32's at the same place. Drift alone does not tell what becomes
# of a sentence: one near tie between two words, and all that follow are others.
LEAST_AGREEMENT = 0.98
_FASTEST: tuple[Precision, ...] = ("bfloat16", "float32")


def agreement_figure(precision: Precision) -> str:
    """The name of its token agreement among a manifest's metrics."""
    return f"{precision}_token_agreement"


def fault(precision: Precision, drift: Mapping[str, float], metrics: Mapping[str, float]) -> str | None:
    """Why an artifact may not be served in it; None: it may. float32 is the reference: it always may."""
    if precision == "float32":
        return None
    apart, agree = drift.get(precision), metrics.get(agreement_figure(precision))
    if apart is None or agree is None:
        return f"{precision} was not measured for this artifact"
    if not apart <= LARGEST_DRIFT:  # nor what is no number
        return f"the drift of {precision} is {apart:.2g}, above {LARGEST_DRIFT}"
    if not agree >= LEAST_AGREEMENT:
        return f"{agree:.1%} of the words of {precision} are those of float32, below {LEAST_AGREEMENT:.0%}"
    return None


def chosen(
    wanted: Wanted, drift: Mapping[str, float], metrics: Mapping[str, float], native: Collection[Precision]
) -> tuple[Precision, str | None]:
    """The precision to serve in, and why it is not the one that was asked for, if it is not."""
    if wanted == "auto":
        usable = (p for p in _FASTEST if p in native and fault(p, drift, metrics) is None)
        return next(usable, "float32"), None
    reason = fault(wanted, drift, metrics)
    return ("float32", reason) if reason else (wanted, None)


def index_key(digest: str, precision: Precision) -> str:
    """What names an index's contents: sentences of two precisions never stand in one index."""
    return digest if precision == "float32" else f"{digest}-{precision}"
