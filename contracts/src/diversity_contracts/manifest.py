"""Artifacts on the shared volume: their manifest, how one is published, which one is current.

    artifacts/<kind>/<version>/manifest.json ...   immutable once it stands under its name
    artifacts/<kind>/current                       a small file that holds a version

A publisher writes a temporary sibling, hashes it, renames it, then replaces `current`; a reader checks every
hash before it opens a file. Neither ever sees a half-written artifact.
"""

import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

SCHEMA_VERSION = 1
STALE_S = 86_400  # no job writes an artifact for a day
MANIFEST = "manifest.json"
CURRENT = "current"
# Formats that cannot carry code. Anything else on the volume is never opened.
SUFFIXES = frozenset({".safetensors", ".json", ".png", ".jpg", ".md", ".txt"})
Kind = Literal["drml", "caption"]
_VERSION = re.compile(r"[a-z0-9][a-zA-Z0-9_.-]{0,127}")
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}(/[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?")


class BadArtifact(Exception):
    """An artifact that must not be served; the message says why."""


class Preprocessing(BaseModel):
    """How a decoded picture becomes the network's input."""

    model_config = ConfigDict(extra="forbid")

    size: int = Field(ge=8, le=1024, description="Side of the square input, pixels.")
    resize: Literal["squash", "cover"] = Field(
        description="`squash` scales both sides to `size`; `cover` scales the short side, crops the middle."
    )
    mean: tuple[float, float, float] = Field(description="Per channel, of values in 0..1.")
    std: tuple[float, float, float] = Field(description="Per channel, of values in 0..1.")


class Golden(BaseModel):
    """A known input and what the network must answer, within `tolerance` (cosine distance of the whole)."""

    model_config = ConfigDict(extra="forbid")

    file: str = Field(description="A picture among the artifact's files.")
    output: list[float] = Field(description="The first numbers of the answer.")
    tolerance: float = Field(gt=0)
    sentence: str | None = Field(default=None, description="What a captioner writes for it, word for word.")


class Manifest(BaseModel):
    """What an artifact says of itself; written last, so that its presence means the rest is there."""

    model_config = ConfigDict(extra="forbid")

    schema_version: Literal[1] = 1
    kind: Kind
    version: str
    created: datetime
    code_revision: str
    data_fingerprint: str = Field(description="SHA-256 over the training set's file list and sizes.")
    preprocessing: Preprocessing
    model: dict[str, bool | int | float | str] = Field(description="Arguments that rebuild the network.")
    metrics: dict[str, float] = Field(default_factory=dict)
    drift: dict[str, float] = Field(
        default_factory=dict, description="Worst cosine distance to float32, by precision."
    )
    golden: list[Golden] = Field(min_length=1)
    files: dict[str, str] = Field(default_factory=dict, description="SHA-256 by file name.")


def new_version(kind: Kind, now: datetime) -> str:
    """A version that sorts by time, say `drml-20261123T101500Z`."""
    return f"{kind}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def publish(root: Path, manifest: Manifest, write: Callable[[Path], None]) -> Path:
    """Publish one artifact under `root` and make it current; returns its folder.

    `write` fills the folder it is given with every file but the manifest. When two jobs pick the same
    version, the later one gets a suffix; `current` names a whole artifact at every moment.

    Raises BadArtifact when `write` left a file an artifact may not hold.
    """
    home = root / manifest.kind
    home.mkdir(parents=True, exist_ok=True)
    _sweep(home, time.time() - STALE_S)
    staging = home / f".incoming-{secrets.token_hex(8)}"
    staging.mkdir()
    try:
        write(staging)
        files = {name: _sha256(staging / name) for name in _list_files(staging)}
        version = manifest.version
        while True:
            complete = manifest.model_copy(update={"version": version, "files": files})
            _write_durably(staging / MANIFEST, complete.model_dump_json(indent=2).encode())
            try:
                # Fails, and changes nothing, when another publisher's folder stands there already.
                staging.rename(home / version)
                break
            except OSError:
                if not (home / version).exists():
                    raise
                version = f"{manifest.version}-{secrets.token_hex(3)}"
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    _sync_folder(home)
    point_current(root, manifest.kind, version)
    return home / version


def add_files(folder: Path, kind: Kind, write: Callable[[Path], None]) -> Manifest:
    """Let `write` put files into an artifact that nobody is loading, and list them in its manifest.

    Version and creation stay. Until the manifest is replaced, last, a reader refuses the folder.

    Raises BadArtifact when the artifact is not sound, before or after.
    """
    manifest = verify(folder, kind)
    write(folder)
    files = {name: _sha256(folder / name) for name in _list_files(folder) if name != MANIFEST}
    complete = manifest.model_copy(update={"files": files})
    temporary = folder / f".{MANIFEST}-{secrets.token_hex(8)}"
    _write_durably(temporary, complete.model_dump_json(indent=2).encode())
    temporary.replace(folder / MANIFEST)
    _sync_folder(folder)
    return verify(folder, kind)


def point_current(root: Path, kind: Kind, version: str) -> None:
    """Make `version` the current one, atomically. Raises BadArtifact if there is no such version."""
    home = root / kind
    if not _VERSION.fullmatch(version) or not (home / version / MANIFEST).is_file():
        raise BadArtifact(f"There is no artifact {version!r} of kind {kind}.")
    temporary = home / f".current-{secrets.token_hex(8)}"
    _write_durably(temporary, version.encode())
    temporary.replace(home / CURRENT)
    _sync_folder(home)


def current(root: Path, kind: Kind) -> Path | None:
    """The folder `current` points to; None when nothing was published.

    Raises BadArtifact when `current` names no artifact.
    """
    try:
        version = (root / kind / CURRENT).read_bytes()[:256].decode("utf-8", "replace").strip()
    except FileNotFoundError:
        return None
    if not _VERSION.fullmatch(version) or not (root / kind / version).is_dir():
        raise BadArtifact(f"`current` names {version!r}, which is no artifact here.")
    return root / kind / version


def versions(root: Path, kind: Kind) -> list[str]:
    """The published versions, oldest first; what a killed publisher left is none of them."""
    home = root / kind
    if not home.is_dir():
        return []
    names = (entry.name for entry in home.iterdir() if (entry / MANIFEST).is_file())
    return sorted(name for name in names if _VERSION.fullmatch(name))


def verify(folder: Path, kind: Kind) -> Manifest:
    """The manifest of the artifact in `folder`, every file's hash checked and nothing else opened.

    Raises BadArtifact with the reason: unreadable manifest, another schema or kind, a file that is missing,
    changed, unlisted, linked, or of a format that can carry code.
    """
    try:
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except FileNotFoundError as error:
        raise BadArtifact("There is no manifest; the artifact is incomplete.") from error
    except (OSError, ValidationError, ValueError) as error:
        raise BadArtifact(f"The manifest cannot be read: {_first_line(error)}") from error
    if manifest.kind != kind:
        raise BadArtifact(f"This is an artifact of kind {manifest.kind}, not {kind}.")
    present = set(_list_files(folder)) - {MANIFEST}
    if unlisted := present - manifest.files.keys():
        raise BadArtifact(f"The manifest does not list {sorted(unlisted)[0]!r}.")
    for name, expected in manifest.files.items():
        if name not in present:
            raise BadArtifact(f"The file {name!r} is missing.")
        if _sha256(folder / name) != expected:
            raise BadArtifact(f"The file {name!r} is not what was published: its hash differs.")
    if missing := {golden.file for golden in manifest.golden} - manifest.files.keys():
        raise BadArtifact(f"The golden input {sorted(missing)[0]!r} is missing.")
    return manifest


def _sweep(home: Path, before: float) -> None:
    """Remove what a publisher left that was killed; one that still runs wrote there lately."""
    for left in [*home.glob(".incoming-*"), *home.glob(".current-*")]:
        with contextlib.suppress(OSError):
            if left.stat().st_mtime < before:
                shutil.rmtree(left) if left.is_dir() else left.unlink()


def _list_files(folder: Path) -> list[str]:
    names = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise BadArtifact(f"{name!r} is a link or a special file.")
        if path.is_dir():
            continue
        if not _FILE.fullmatch(name) or path.suffix not in SUFFIXES:
            raise BadArtifact(f"{name!r} is not a file an artifact may hold.")
        names.append(name)
    return names


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_durably(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return json.dumps(error.errors(include_url=False, include_input=False)[0], default=str)[:300]
    return str(error).splitlines()[0][:300] if str(error) else type(error).__name__
