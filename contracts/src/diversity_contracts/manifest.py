"""Artifacts on the shared volume as a reader finds them: what a manifest says, which one is current.

    artifacts/<kind>/<version>/manifest.json ...   immutable once it stands under its name
    artifacts/<kind>/current                       a small file that holds a version, or the word `starter`

A reader checks every hash before it opens a file, so it never sees a half-written artifact; `publishing` is
how one gets there.
"""

import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

SCHEMAVERSION = 1
MANIFEST = "manifest.json"
CURRENT = "current"
STARTER = "starter"  # in `current`: what the service itself brings, nothing that was published
# Formats that cannot carry code. Anything else on the volume is never opened.
SUFFIXES = frozenset({".safetensors", ".json", ".png", ".jpg", ".md", ".txt"})
Kind = Literal["drml", "caption"]
VERSION = re.compile(r"[a-z0-9][a-zA-Z0-9_.-]{0,127}")
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


def current(root: Path, kind: Kind, starter: Path | None = None) -> Path | None:
    """The folder `current` points to, `starter` where it names that; None when nothing was published.

    A volume that is away looks like one on which nothing was published. So who wants the starter back writes
    its name: taking `current` away says nothing.

    Raises BadArtifact when `current` names no artifact.
    """
    try:
        version = (root / kind / CURRENT).read_bytes()[:256].decode("utf-8", "replace").strip()
    except FileNotFoundError:
        return None
    if version == STARTER:
        return starter
    if not VERSION.fullmatch(version) or not (root / kind / version).is_dir():
        raise BadArtifact(f"`current` names {version!r}, which is no artifact here.")
    return root / kind / version


def versions(root: Path, kind: Kind) -> list[str]:
    """The published versions, oldest first; what a killed publisher left is none of them."""
    home = root / kind
    if not home.is_dir():
        return []
    names = (entry.name for entry in home.iterdir() if (entry / MANIFEST).is_file())
    return sorted(name for name in names if VERSION.fullmatch(name))


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
    present = set(list_files(folder)) - {MANIFEST}
    if unlisted := present - manifest.files.keys():
        raise BadArtifact(f"The manifest does not list {sorted(unlisted)[0]!r}.")
    for name, expected in manifest.files.items():
        if name not in present:
            raise BadArtifact(f"The file {name!r} is missing.")
        if sha256(folder / name) != expected:
            raise BadArtifact(f"The file {name!r} is not what was published: its hash differs.")
    if missing := {golden.file for golden in manifest.golden} - manifest.files.keys():
        raise BadArtifact(f"The golden input {sorted(missing)[0]!r} is missing.")
    return manifest


def list_files(folder: Path) -> list[str]:
    """The files below an artifact's folder. Raises BadArtifact for one that an artifact may not hold."""
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


def sha256(path: Path) -> str:
    """Of a file's bytes, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _first_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return json.dumps(error.errors(include_url=False, include_input=False)[0], default=str)[:300]
    return str(error).splitlines()[0][:300] if str(error) else type(error).__name__
