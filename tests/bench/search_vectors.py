"""The vectors that the search is measured on: of given pictures, or drawn with a seed."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from diversity_contracts.manifest import verify
from diversity_contracts.pictures import decode
from diversity_view.decoding import BATCH
from drml_job import datasets
from drml_service.artifact import STARTER
from drml_service.encoder import NetworkEncoder
from job_kit.sources import Source, is_picture, open_source

Float32 = NDArray[np.float32]
DIMENSION, EMBEDDING = 512, 4_096
PART = 128 * BATCH  # pictures: what a run that is cut short loses at most


@dataclass(frozen=True)
class Vectors:
    """Vectors x (n, r), a matrix (r, 4096) of orthonormal rows that makes embeddings of them, a name."""

    x: Float32
    lift: Float32
    name: str

    def embeddings(self) -> Float32:
        """(n, 4096): their distances are those of x. A centre would move all alike."""
        wide = np.empty((len(self.x), self.lift.shape[1]), dtype=np.float32)
        for start in range(0, len(wide), 4_096):
            wide[start : start + 4_096] = self.x[start : start + 4_096] @ self.lift
        return wide


def orthonormal(rows: int, columns: int, seed: int) -> Float32:
    """Random orthonormal rows."""
    drawn = np.random.default_rng(seed).standard_normal((columns, rows), dtype=np.float32)
    return np.ascontiguousarray(np.linalg.qr(drawn)[0].T)


def clustered(count: int, seed: int) -> Vectors:
    """200 clusters of unit-length vectors, turned at random; the j-th direction is (1 + j/16)^−1.5 as wide.

    A trained embedding's directions fall off alike (the starter's: 96 % of Σ‖x‖² in 64 of 513, 99 % in 128).
    """
    random = np.random.default_rng(seed)
    widths = ((1 + np.arange(DIMENSION) / 16) ** -1.5).astype(np.float32)
    turn = orthonormal(DIMENSION, DIMENSION, seed + 1)
    centres = random.standard_normal((200, DIMENSION), dtype=np.float32)
    x = np.empty((count, DIMENSION), dtype=np.float32)
    for start in range(0, count, 65_536):
        part = x[start : start + 65_536]
        part[:] = random.standard_normal(part.shape, dtype=np.float32)
        part += centres[random.integers(0, 200, len(part))]
        part *= widths
        part /= np.linalg.norm(part, axis=1, keepdims=True)
        part[:] = part @ turn
    name = f"{count:,} clustered vectors of {DIMENSION}, seed {seed}"
    return Vectors(x, orthonormal(DIMENSION, EMBEDDING, seed + 2), name)


def of_pictures(data: Path, limit: int, threads: int, kept: Path) -> Vectors:
    """The starter's vectors of at most `limit` pictures, by name; kept for next time, part by part.

    Of a collection with splits the training ones: so of Tiny ImageNet its 100,000. `data` is a folder or a
    zip file.
    """
    manifest = verify(STARTER, "drml")
    encoder = NetworkEncoder.load(STARTER, manifest, threads=threads)
    basis = encoder.lift(
        np.vstack([np.zeros(encoder.dimension), np.eye(encoder.dimension)]).astype(np.float32)
    )
    lift = np.ascontiguousarray((basis[1:] - basis[0]).astype(np.float32))
    source = open_source(data)
    names = training_pictures(source)[:limit]
    made_of = "\n".join([manifest.version, encoder.form, data.name, *names])
    file = kept.with_name(f"{kept.stem}-{hashlib.sha256(made_of.encode()).hexdigest()[:16]}.npy")
    name = f"{len(names):,} pictures of {data.name}, the starter's vectors of {encoder.dimension}"
    if file.exists():
        return Vectors(np.load(file), lift, name)

    def prepared(path: str) -> Float32:
        return encoder.prepare(decode(source.read(path), reduction=encoder.reduction).image)

    file.parent.mkdir(parents=True, exist_ok=True)
    parts = [file.with_name(f"{file.stem}-{start}.npy") for start in range(0, len(names), PART)]
    for number, part in enumerate(tqdm(parts, desc=f"vectors, {PART:,} at a time")):
        if not part.exists():
            chosen = names[number * PART : (number + 1) * PART]
            batches = (chosen[start : start + BATCH] for start in range(0, len(chosen), BATCH))
            _save(part, np.concatenate([encoder.encode(list(map(prepared, batch))) for batch in batches]))
    x = np.concatenate([np.load(part) for part in parts])
    _save(file, x)
    for part in parts:
        part.unlink()
    return Vectors(x, lift, name)


def _save(file: Path, x: Float32) -> None:
    """In one step: a run that is cut short leaves nothing that a later one would take for whole."""
    fresh = file.with_name(f"fresh-{file.name}")
    np.save(fresh, x)
    fresh.replace(file)


def training_pictures(source: Source) -> list[str]:
    """Names in their order: of the training split where `source` has one, else of every picture."""
    names = sorted(source.names())
    if any(name.endswith(datasets.ANNOTATIONS) for name in names):
        return sorted(entry.path for entry in datasets.scan(source).entries if entry.split == "train")
    return [name for name in names if is_picture(name)]


def kinds(count: int, seed: int, trained: Float32 | None) -> dict[str, Float32]:
    """Vectors (count, r) that are hard in different ways."""
    random = np.random.default_rng(seed)
    drawn = random.standard_normal((count, DIMENSION), dtype=np.float32)
    found = {
        "random": drawn,
        "clustered": clustered(count, seed).x,
        "duplicated": drawn[random.integers(0, count // 20, count)],
        "constant": np.broadcast_to(drawn[0], drawn.shape).copy(),
    }
    # Of all classes: the first rows are pictures of a few.
    return (
        found if trained is None else found | {"trained": trained[:: max(1, len(trained) // count)][:count]}
    )
