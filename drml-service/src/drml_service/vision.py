"""torchvision, made importable: everything that needs it imports it from here.

torchvision's C++ library is built against one exact build of torch. Where the two differ (a CUDA wheel beside
a CPU torch, as package mirrors often give), the library does not load, torchvision goes on without it, and
then fails while registering the shapes of two operators, `nms` and `qnms`, that only the library declares.
Networks and transforms need neither. So the two are declared here, and only where the library cannot be
loaded.
"""

import importlib.util
from pathlib import Path

import torch

_MISSING_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)


def _library_loads() -> bool:
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("torchvision is not installed")
    library = Path(spec.origin).with_name("_C.so")
    try:
        torch.ops.load_library(library)
    except (ImportError, OSError):  # torchvision itself treats these two as "not there"
        return False
    return True


def _declare_missing_operators() -> torch.library.Library | None:
    """The library object must outlive the import: dropping it withdraws the declarations."""
    if _library_loads():
        return None
    declared = torch.library.Library("torchvision", "FRAGMENT")
    for schema in _MISSING_SCHEMAS:
        declared.define(schema)
    return declared


_declared = _declare_missing_operators()

import torchvision  # noqa: E402  the declarations must come first
from torchvision.models import resnet18  # noqa: E402
from torchvision.models.resnet import ResNet  # noqa: E402

__all__ = ["ResNet", "resnet18", "torchvision"]
