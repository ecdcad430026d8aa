"""An artifact's reference sample: training captions that say how alike a picture's captions usually are."""

import json
from collections.abc import Sequence
from pathlib import Path

from caption_service.artifact_files import REFERENCE
from diversity_contracts.manifest import BadArtifact, Manifest

MOST = 20_000  # sentences: more would be a damaged file
LONGEST = 2_000  # characters


def save(sentences: Sequence[str], folder: Path) -> None:
    """Write cleaned sentences into an artifact's folder."""
    document = {"sentences": list(sentences)}
    (folder / REFERENCE).write_text(
        json.dumps(document, ensure_ascii=False, indent=0) + "\n", encoding="utf-8"
    )


def load(folder: Path, manifest: Manifest) -> tuple[str, ...] | None:
    """The sentences of a verified artifact; None for one from before there were any.

    Raises BadArtifact when the file holds anything else.
    """
    if REFERENCE not in manifest.files:
        return None
    try:
        document = json.loads((folder / REFERENCE).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadArtifact(f"The reference sentences cannot be read: {error}") from error
    match document:
        case {"sentences": [*sentences]} if 0 < len(sentences) <= MOST and all(map(_is_sentence, sentences)):
            return tuple(sentences)
    raise BadArtifact(f"{REFERENCE} must hold 1 to {MOST:,} sentences.")


def _is_sentence(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST
