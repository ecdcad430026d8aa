"""What was worked out of sentences, kept in a file between two starts: their vectors, and how usual they are.

    keys          (n, 16)      of each sentence, a hash of its text
    starts        (n + 1,)     where each one's numbers begin: the rows of a sparse matrix
    columns, numbers           the coordinates that are not 0
    said          (m, 16)      of each picture's captions together, a hash of their texts
    statistics    (m, 2)       −μ and σ of `correction`

100,000 sentences take half a minute to turn into vectors and to compare with the reference sample, and give
the same at every start; reading this takes a third of a second. It is derived: a file that is lost, damaged
or of another text space is made again, and whatever it lacks is worked out.
"""

import hashlib
import json
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file
from scipy.sparse import csr_array, vstack

from caption_service.artifact_files import REFERENCE, TEXT_SPACE_ARRAYS, TEXT_SPACE_TERMS
from caption_service.decoder_state import Float32
from caption_service.table import Table
from diversity_contracts.manifest import Manifest

log = logging.getLogger(__name__)
# Fewer sentences are worked out in a quarter of a second, and are not worth a file.
WORTH = 1_024
_KEY = 16  # bytes of a hash: no two of any catalogue's sentences share one
_CODE = ("cleaning", "correction", "kept_sentences", "sentences", "text_space", "text_space_words")
_NAMES = ("keys", "starts", "columns", "numbers", "said", "statistics")


class Space(Protocol):
    """Sentences as unit vectors."""

    @property
    def dimension(self) -> int:
        """d."""

    def vectors(self, sentences: Sequence[str]) -> Float32:
        """(n, d)."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A file's contents."""

    rows: Mapping[bytes, int]
    vectors: csr_array
    statistics: Mapping[bytes, tuple[float, float]]


class KeptSentences:
    """One artifact's. Used by the one who writes the index, and at its end by whoever closes it."""

    def __init__(self, path: Path, space: Space, made_of: str, *, worth: int = WORTH) -> None:
        self._path, self._space, self._made_of, self._worth = path, space, made_of, worth
        self._held: _Held | None = self._read()
        self._written = 0 if self._held is None else len(self._held.rows)
        self._fresh = 0  # sentences worked out since the file was written

    def vectors(self, sentences: Sequence[str]) -> csr_array:
        """Their unit rows (n, d), those that the file holds and the others."""
        held = self._held
        known = [-1 if held is None else held.rows.get(_hash(sentence), -1) for sentence in sentences]
        places = np.array(known, dtype=np.intp)
        new = np.flatnonzero(places < 0)
        self._fresh += len(new)
        pieces = []
        if len(new):
            pieces.append(csr_array(self._space.vectors([sentences[int(place)] for place in new])))
        if held is None or len(new) == len(places):
            return pieces[0]
        old = np.flatnonzero(places >= 0)
        pieces.append(held.vectors[places[old]])
        if len(pieces) == 1:
            return csr_array(pieces[0])
        stacked = csr_array(vstack(pieces, format="csr"))
        return csr_array(stacked[np.argsort(np.concatenate([new, old]))])

    def statistics(self, table: Table, image_ids: Iterable[str]) -> dict[str, tuple[float, float]]:
        """−μ and σ of those of `image_ids`, entries of `table`, whose captions the file knows."""
        if self._held is None:
            return {}
        rows = ((image_id, table.row(image_id)) for image_id in image_ids)
        keys, known = _Said(), self._held.statistics
        said = ((image_id, keys.of(table, row)) for image_id, row in rows if row is not None)
        return {image_id: known[key] for image_id, key in said if key in known}

    def note(self, table: Table) -> None:
        """Write what the index holds now, once that is a good deal more than the file does.

        By quarters, so that a growing catalogue is written a few times over in all, and whoever is killed
        loses a fifth at most. The file is read at the start only, so its memory is given back here.
        """
        if self._fresh >= max(self._worth, self._written // 4):
            self.write(table)
        if self._written:
            self._held = None

    def write(self, table: Table) -> None:
        """Write what the index holds now, if enough of it is new."""
        if self._fresh < self._worth:
            return
        sentences = table.sentences.texts()
        vectors = table.sentences.chosen(np.arange(len(sentences)))
        rows = np.flatnonzero(table.alive)
        said, statistics = list[bytes](), np.empty((0, 2))
        if table.usual is not None:
            keys = _Said()
            said = [keys.of(table, int(row)) for row in rows]
            statistics = table.usual.of([str(image_id) for image_id in table.ids[rows]])
        arrays = {
            "keys": _packed(_hash(sentence) for sentence in sentences),
            "starts": vectors.indptr,
            "columns": vectors.indices,
            "numbers": vectors.data,
            "said": _packed(said),
            "statistics": statistics,
        }
        fresh = self._path.with_name(f".{self._path.name}")
        try:
            save_file(arrays, fresh, metadata={"made_of": self._made_of, "content": _content(arrays)})
            fresh.replace(self._path)
        except (OSError, SafetensorError) as error:  # costs time at the next start, nothing else
            log.warning("what was worked out could not be kept", extra={"reason": str(error)})
            return
        self._written, self._fresh = len(sentences), 0

    def _read(self) -> _Held | None:
        try:
            with safe_open(self._path, "numpy") as file:
                metadata = file.metadata() or {}
                arrays: dict[str, NDArray[Any]] = {name: file.get_tensor(name) for name in _NAMES}
        except (OSError, SafetensorError):
            return None
        if metadata != {"made_of": self._made_of, "content": _content(arrays)}:
            return None
        keys = _unpacked(arrays["keys"])
        parts = (arrays["numbers"], arrays["columns"], arrays["starts"])
        pairs = zip(*arrays["statistics"].T.tolist(), strict=True)
        return _Held(
            rows={key: row for row, key in enumerate(keys)},
            vectors=csr_array(parts, shape=(len(keys), self._space.dimension)),
            statistics=dict(zip(_unpacked(arrays["said"]), pairs, strict=True)),
        )


def made_of(manifest: Manifest) -> str:
    """What decides every number here: the artifact's text space and reference sample, and the code."""
    code = hashlib.sha256()
    for module in _CODE:
        code.update(Path(__file__).with_name(f"{module}.py").read_bytes())
    files = [manifest.files.get(name) for name in (TEXT_SPACE_ARRAYS, TEXT_SPACE_TERMS, REFERENCE)]
    return json.dumps([*files, code.hexdigest()])


def keep(folder: Path, artifacts: Collection[str]) -> None:
    """Remove the files of every other artifact from a state folder."""
    kept = {f"sentences-{artifact}.safetensors" for artifact in artifacts}
    for file in folder.glob("sentences-*.safetensors"):
        if file.name not in kept:
            file.unlink(missing_ok=True)


class _Said:
    """What a file knows captions by; the same captions of many pictures are hashed once."""

    def __init__(self) -> None:
        self._known = dict[tuple[str, ...], bytes]()

    def of(self, table: Table, row: int) -> bytes:
        cleaned = table.entry(row).cleaned
        if (key := self._known.get(cleaned)) is None:
            key = self._known[cleaned] = _hash("\n".join(cleaned))
        return key


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=_KEY).digest()


def _packed(keys: Iterable[bytes]) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(keys), dtype=np.uint8).reshape(-1, _KEY)


def _unpacked(keys: NDArray[np.uint8]) -> list[bytes]:
    packed = keys.tobytes()
    return [packed[start : start + _KEY] for start in range(0, len(packed), _KEY)]


def _content(arrays: Mapping[str, NDArray[Any]]) -> str:
    digest = hashlib.blake2b(digest_size=_KEY)
    for name in _NAMES:
        digest.update(np.ascontiguousarray(arrays[name]).data.cast("B"))
    return digest.hexdigest()
