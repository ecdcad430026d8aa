"""How far each picture usually is, kept in a file between two starts: by the vector it belongs to.

100,000 vectors take seconds to compare with the reference sample, and are the same at every start. The file
is derived: one that is lost, damaged or of another sample is made again.
"""

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from drml_service.search import Float32, Float64

log = logging.getLogger(__name__)
# Fewer vectors are compared in a quarter of a second, and are not worth a file.
WORTH = 4_096
_KEY = 16  # bytes of a hash: no two of any catalogue's vectors share one

Compare = Callable[[Float32, Float32], Float64]


class KeptUsual:
    """μ and σ of vectors over one reference sample, those that the file holds without a comparison."""

    def __init__(self, path: Path, reference: Float32, compare: Compare, *, worth: int = WORTH) -> None:
        self._path, self._reference, self._compare, self._worth = path, reference, compare, worth
        self._sample = _hash(reference.tobytes()).hex()
        # Compared since the file was written; `_written` is how many that holds.
        self._waiting: dict[bytes, tuple[float, float]] = {}
        self._written = 0

    def of(self, vectors: Float32) -> Float64:
        """μ and σ (n, 2) of vectors (n, r); they are written down as soon as there are many. One thread at a
        time."""
        keys = [_hash(vector.tobytes()) for vector in vectors]
        if len(vectors) < self._worth:
            return self._of_few(keys, vectors)
        known = self._read()
        self._written = len(known)
        fresh = np.array([key not in known for key in keys])
        statistics = np.array([known.get(key, (0.0, 0.0)) for key in keys])
        if fresh.any():
            statistics[fresh] = self._compare(vectors[fresh], self._reference)
        if fresh.sum() >= self._worth:
            self._write(keys, statistics)
        return statistics

    def _of_few(self, keys: list[bytes], vectors: Float32) -> Float64:
        """A batch of changes: written with the batches before it once they are a quarter of the file, so that
        a growing catalogue is written a few times, not at every batch."""
        statistics = self._compare(vectors, self._reference)
        self._waiting.update(zip(keys, map(tuple, statistics.tolist()), strict=True))
        if len(self._waiting) >= max(self._worth, self._written / 4):
            all_of = self._read() | self._waiting
            self._write(list(all_of), np.array(list(all_of.values())))
        return statistics

    def _read(self) -> dict[bytes, tuple[float, float]]:
        try:
            with safe_open(self._path, "numpy") as file:
                metadata = file.metadata() or {}
                keys, statistics = file.get_tensor("keys"), file.get_tensor("statistics")
        except (OSError, SafetensorError):
            return {}
        if metadata != self._metadata(keys, statistics):
            return {}
        packed = keys.tobytes()
        names = (packed[start : start + _KEY] for start in range(0, len(packed), _KEY))
        return dict(zip(names, map(tuple, statistics.tolist()), strict=True))

    def _write(self, keys: list[bytes], statistics: Float64) -> None:
        self._waiting, self._written = {}, len(keys)
        packed = np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(-1, _KEY)
        fresh = self._path.with_name(f".{self._path.name}")
        try:
            save_file(
                {"keys": packed, "statistics": statistics}, fresh, metadata=self._metadata(packed, statistics)
            )
            fresh.replace(self._path)
        except (OSError, SafetensorError) as error:  # costs time at the next start, nothing else
            log.warning("what was compared could not be written down", extra={"reason": str(error)})

    def _metadata(self, keys: np.ndarray, statistics: Float64) -> dict[str, str]:
        return {"sample": self._sample, "content": _hash(keys.tobytes() + statistics.tobytes()).hex()}


def _hash(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_KEY).digest()
