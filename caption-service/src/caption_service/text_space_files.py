"""A text space in an artifact: its numbers in safetensors, its terms with its settings in JSON."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from caption_service.artifact_files import TEXT_SPACE_ARRAYS, TEXT_SPACE_TERMS
from caption_service.text_space import TextSpace
from diversity_contracts.manifest import BadArtifact

_ARRAYS = ("idf", "directions")


def save(space: TextSpace, folder: Path) -> None:
    """Write the two files into an artifact's folder."""
    save_file(
        {name: np.ascontiguousarray(getattr(space, name)) for name in _ARRAYS}, folder / TEXT_SPACE_ARRAYS
    )
    settings = {
        entry.name: getattr(space, entry.name)
        for entry in fields(space)
        if entry.init and entry.name not in _ARRAYS
    }
    (folder / TEXT_SPACE_TERMS).write_text(json.dumps(settings, ensure_ascii=False), encoding="utf-8")


def load(folder: Path) -> TextSpace:
    """The space that `save` wrote. Raises BadArtifact when the files hold anything else."""
    try:
        arrays: dict[str, Any] = load_file(folder / TEXT_SPACE_ARRAYS)
        settings = json.loads((folder / TEXT_SPACE_TERMS).read_text(encoding="utf-8"))
        if set(arrays) != set(_ARRAYS) or any(array.dtype != np.float32 for array in arrays.values()):
            raise BadArtifact(f"{TEXT_SPACE_ARRAYS} must hold {' and '.join(_ARRAYS)} in float32.")
        if not all(np.isfinite(array).all() for array in arrays.values()):
            raise BadArtifact(f"{TEXT_SPACE_ARRAYS} holds numbers that are not finite.")
        terms = tuple(str(term) for term in settings.pop("terms"))
        return TextSpace(terms=terms, **arrays, **settings)
    except (OSError, SafetensorError, ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise BadArtifact(f"The text space cannot be read: {error}") from error
