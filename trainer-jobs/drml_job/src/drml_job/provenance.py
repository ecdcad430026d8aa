"""Whether weights have seen ImageNet, as the records of their runs tell it.

Tiny ImageNet is a part of ImageNet, so figures of weights that have seen the whole one stand apart. They have
if training started from them, if a network that had seen it was their teacher, or if it ordered the triplets
they were trained on.
"""

from typing import Any

# Its name among the metrics of a manifest: 1 or 0.
METRIC = "seen_imagenet"


def seen_imagenet(record: dict[str, Any]) -> bool:
    """`record` is a checkpoint's state, or the `started_from` of one; what it started from counts too."""
    kind = record["kind"]
    if kind in {"imagenet", "random"}:
        return bool(kind == "imagenet")
    if (
        kind == "artifact"
    ):  # of unknown origin counts as seen: only what surely has not may stand with scratch
        return record["seen_imagenet"] is not False
    influences = [record[name] for name in ("teacher", "triplets") if name in record]
    # Runs from before teachers were recorded: the file's name says which one it was.
    taught_by = record["knobs"].get("teacher_features", "")
    if any(influence["seen_imagenet"] for influence in influences) or "efficientnet" in taught_by:
        return True
    return "started_from" in record and seen_imagenet(record["started_from"])


def described(seen: bool | None) -> str:
    """In a few words, for tables and files."""
    if seen is None:
        return "weights of unknown origin"
    return "weights that have seen ImageNet" if seen else "weights from scratch"
