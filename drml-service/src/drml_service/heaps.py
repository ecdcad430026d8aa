"""The k least values seen so far, the largest of them on top; for compiled loops."""

from drml_service.compiled import inlined
from drml_service.search import Float64


@inlined
def replace_top(heap: Float64, value: float) -> None:
    """Put `value` in the place of the largest of a heap (k,); it must be less."""
    place = 0
    while True:
        child = 2 * place + 1
        if child >= len(heap):
            break
        if child + 1 < len(heap) and heap[child + 1] > heap[child]:
            child += 1
        if heap[child] <= value:
            break
        heap[place] = heap[child]
        place = child
    heap[place] = value
