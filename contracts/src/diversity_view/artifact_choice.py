"""Which artifact to serve: the current one, else the newest older one that is sound, else the starter."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from diversity_contracts.manifest import MANIFEST, BadArtifact, Kind, Manifest, current, verify, versions

Loaded = TypeVar("Loaded")


@dataclass(frozen=True, slots=True)
class Choice(Generic[Loaded]):
    """The artifact that serves, and why a newer one does not."""

    manifest: Manifest
    digest: str  # SHA-256 of the manifest, which names every other file's
    loaded: Loaded
    refusal: str | None


def choose(
    kind: Kind, root: Path, load: Callable[[Path, Manifest], Loaded], *, starter: Path
) -> Choice[Loaded]:
    """Load the first candidate that verifies, loads and agrees with its golden inputs.

    Args:
        root: the shared volume.
        load: builds what serves an artifact's folder; raises BadArtifact when it must not be served.
        starter: the artifact's folder to use when nothing on the volume can be.

    Raises:
        BadArtifact: not even the starter can be served.
    """
    refusals: list[str] = []
    for folder in _candidates(kind, root, starter):
        try:
            if isinstance(folder, BadArtifact):
                raise folder
            manifest = verify(folder, kind)
            digest = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
            return Choice(manifest, digest, load(folder, manifest), refusals[0] if refusals else None)
        except BadArtifact as error:
            name = "current" if isinstance(folder, BadArtifact) else folder.name
            refusals.append(f"{name}: {error}")
    raise BadArtifact("; ".join(refusals))


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
