"""What the starters, or other artifacts, make of a gallery; kept in files, so that a second run is quick."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from caption_service import loading
from caption_service import reference as sentences_file
from caption_service.captioning import Captioning
from caption_service.correction import followed
from caption_service.encoder import KerasEncoder
from caption_service.sentences import Sentences
from caption_service.table import Table
from caption_service.written import Written
from diversity_contracts.manifest import Manifest, verify
from diversity_contracts.pictures import decode
from diversity_contracts.problems import ProblemError
from diversity_view.records import Indexed
from diversity_view.usual import Usual
from drml_job.frozen import EFFICIENTNET, open_encoder
from drml_service import reference as vectors_file
from drml_service.correction import usual_distances
from drml_service.encoder import NetworkEncoder
from drml_service.search import exact_distances
from tests.bench.quality_gallery import Gallery
from tests.bench.quality_lists import Float64, Rows

_AT_ONCE = 50
_SIDE = 64  # of the pictures that the third encoder sees; it scales them up itself


@dataclass(frozen=True)
class Seen:
    """One view of the gallery from Q queries: how far each picture is and how unusually far, (Q, N)."""

    far: Float64
    adjusted: Float64 | None


@dataclass(frozen=True)
class Embedded:
    """A gallery's vectors (N, r), their embeddings made unit length (N, m), and the reference sample."""

    manifest: Manifest
    vectors: NDArray[np.float32]
    unit: NDArray[np.float32]
    sample: NDArray[np.float32] | None

    def seen(self, queries: Rows) -> Seen:
        """As the DRML service measures."""
        far = np.stack([exact_distances(self.vectors[row], self.vectors) for row in queries])
        if self.sample is None:
            return Seen(far, None)
        mean, deviation = usual_distances(self.vectors, self.sample).T
        return Seen(far, (far**4 - mean) / deviation)


def embedded(gallery: Gallery, artifact: Path, kept: Path, threads: int) -> Embedded:
    """The DRML view of a gallery."""
    manifest = verify(artifact, "drml")
    encoder = NetworkEncoder.load(artifact, manifest, threads=threads)

    def encode(part: Sequence[bytes]) -> NDArray[np.float32]:
        return encoder.encode([encoder.prepare(decode(data).image) for data in part])

    vectors = _arrays(kept / f"{gallery.fingerprint}-{manifest.version}.npy", gallery, encode)
    lifted = np.concatenate(
        [encoder.lift(vectors[a : a + 1000]).astype(np.float32) for a in _steps(vectors, 1000)]
    )
    unit = lifted / np.maximum(np.linalg.norm(lifted, axis=1, keepdims=True), 1e-12)
    return Embedded(manifest, vectors, unit, vectors_file.load(artifact, manifest, encoder.dimension))


@dataclass(frozen=True)
class Said:
    """A gallery's sentences: generated ones (N,), and the table that the caption service would search."""

    manifest: Manifest
    written: Sequence[str]
    table: Table
    usual: Usual | None
    vectors: Callable[[Sequence[str]], NDArray[np.float32]]

    def seen(self, names: Sequence[str], queries: Rows) -> Seen:
        """As the caption service measures; how far is 1 − similarity."""
        asked = [self.vectors([self.written[row]])[0] for row in queries]
        rows = np.array([self.table.row(name) for name in names], dtype=np.intp)
        alike = np.stack([self.table.similarities(sentence)[1][rows] for sentence in asked])
        if self.usual is None:
            return Seen(1 - alike, None)
        return Seen(1 - alike, np.stack([self.usual.adjusted(names, -row) for row in alike]))


def said(gallery: Gallery, artifact: Path, kept: Path, threads: int) -> Said:
    """The caption view of a gallery."""
    manifest = verify(artifact, "caption")
    loaded = loading.load(
        artifact, manifest, lambda folder, known: KerasEncoder.load(folder, known, threads=threads)
    )
    captioning = Captioning(loaded.encoder, loaded.writer, observe=lambda *_: None)
    file = kept / f"{gallery.fingerprint}-{manifest.version}.json"
    written = json.loads(file.read_text()) if file.exists() else {}
    left = [name for name in gallery.names if name not in written]
    for start in tqdm(range(0, len(left), _AT_ONCE), desc="sentences", disable=not left):
        part = left[start : start + _AT_ONCE]
        for name, found in zip(part, captioning.written([gallery.read(name) for name in part]), strict=True):
            if isinstance(found, ProblemError):
                raise found
            written[name] = found.sentence
        if start % (20 * _AT_ONCE) == 0 or start + _AT_ONCE >= len(left):
            file.write_text(json.dumps(written, ensure_ascii=False))
    upserts = {
        name: Indexed(Written(written[name], 0.0), tuple(captions))
        for name, captions in zip(gallery.names, gallery.captions, strict=True)
    }
    table = Table(Sentences(loaded.space.dimension)).changed(upserts, (), loaded.space.vectors)
    sample, usual = sentences_file.load(artifact, manifest), None
    if sample is not None:
        columns = np.ascontiguousarray(loaded.space.vectors(list(sample)).T)
        usual = followed(table, Usual(), upserts, (), columns)
    return Said(manifest, [written[name] for name in gallery.names], table, usual, loaded.space.vectors)


def third(gallery: Gallery, kept: Path) -> NDArray[np.float32]:
    """(N, 1280), unit length: features of EfficientNet-Lite0, which has seen ImageNet; it ranks nothing."""
    encoder = open_encoder(EFFICIENTNET, torch.device("cpu"))

    def encode(part: Sequence[bytes]) -> NDArray[np.float32]:
        pictures = [np.asarray(decode(data).image.resize((_SIDE, _SIDE))) for data in part]
        with torch.inference_mode():
            features = encoder.features(torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2))
        found: NDArray[np.float32] = features.numpy()
        return found

    features = _arrays(kept / f"{gallery.fingerprint}-{encoder.name}.npy", gallery, encode)
    unit: NDArray[np.float32] = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    return unit


def _arrays(
    file: Path, gallery: Gallery, encode: Callable[[Sequence[bytes]], NDArray[np.float32]]
) -> NDArray[np.float32]:
    if not file.exists():
        parts = [
            encode([gallery.read(name) for name in gallery.names[start : start + _AT_ONCE]])
            for start in tqdm(_steps(gallery.names, _AT_ONCE), desc=file.stem)
        ]
        np.save(file, np.concatenate(parts))
    found: NDArray[np.float32] = np.load(file)
    return found


def _steps(values: Sequence[object] | NDArray[np.float32], size: int) -> Sequence[int]:
    return range(0, len(values), size)
