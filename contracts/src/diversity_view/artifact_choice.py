"""Which artifact to begin with: the current one, else the newest older one that is sound, or the starter."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from diversity_contracts.manifest import MANIFEST, BadArtifact, Kind, Manifest, current, verify, versions

Loaded = TypeVar("Loaded")


@dataclass(frozen=True, slots=True)
class Artifact:
    """An artifact whose files are what was published."""

    folder: Path
    manifest: Manifest
    digest: str  # SHA-256 of the manifest, which names every other file's

    @property
    def version(self) -> str:
        """Its name."""
        return self.manifest.version


@dataclass(frozen=True, slots=True)
class Choice(Generic[Loaded]):
    """The artifact that serves, and why a newer one does not."""

    artifact: Artifact
    loaded: Loaded
    refusal: str | None


def digest_of(folder: Path) -> str:
    """What tells one manifest from another; empty where there is none that can be read."""
    try:
        return hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
    except OSError:
        return ""


def version_of(folder: Path) -> str:
    """The version that the manifest states, nothing checked; empty where there is none that can be read."""
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes()).version
    except (OSError, ValueError):
        return ""


def verified(folder: Path, kind: Kind) -> Artifact:
    """The artifact in `folder`, every hash checked and nothing opened yet. Raises BadArtifact."""
    digest = digest_of(folder)
    manifest = verify(folder, kind)
    if digest != digest_of(folder):
        raise BadArtifact("The manifest changed while it was read.")
    return Artifact(folder, manifest, digest)


def choose(
    kind: Kind,
    root: Path,
    load: Callable[[Artifact], Loaded],
    *,
    starter: Path,
    first: str | None = None,
) -> Choice[Loaded]:
    """Load the first candidate that verifies, loads and agrees with its golden inputs.

    Args:
        root: the shared volume.
        load: builds what serves an artifact; raises BadArtifact when it must not be served.
        starter: the artifact's folder to use when nothing on the volume can be.
        first: a version to try before the current one; what is wrong with it is no refusal.

    Raises:
        BadArtifact: not even the starter can be served.
    """
    refusals: list[str] = []
    if first is not None and (folder := _folder_of(first, kind, root, starter)) is not None:
        try:
            artifact = verified(folder, kind)
            return Choice(artifact, load(artifact), None)
        except BadArtifact:
            pass  # it is no candidate; whatever `current` names comes next
    for candidate in _candidates(kind, root, starter):
        try:
            if isinstance(candidate, BadArtifact):
                raise candidate
            artifact = verified(candidate, kind)
            return Choice(artifact, load(artifact), refusals[0] if refusals else None)
        except BadArtifact as error:
            name = "current" if isinstance(candidate, BadArtifact) else candidate.name
            refusals.append(f"{name}: {error}")
    raise BadArtifact("; ".join(refusals))


def _folder_of(version: str, kind: Kind, root: Path, starter: Path) -> Path | None:
    if version in versions(root, kind):
        return root / kind / version
    try:
        return starter if verify(starter, kind).version == version else None
    except BadArtifact:
        return None


def _candidates(kind: Kind, root: Path, starter: Path) -> Iterator[Path | BadArtifact]:
    newest: Path | None = None
    try:
        newest = current(root, kind)
    except BadArtifact as error:
        yield error
        older = versions(root, kind)
    else:
        older = [version for version in versions(root, kind) if newest and version < newest.name]
    if newest is not None:
        yield newest
    for version in reversed(older):
        yield root / kind / version
    yield starter
