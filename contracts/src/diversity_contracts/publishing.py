"""How an artifact gets onto the shared volume: whole, on the disk, and only then current.

Every file is on the disk before the manifest that lists it is written, the manifest before the folder gets
its name, and the folder before `current` names it: after a power cut too, `current` names a whole artifact.
"""

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from diversity_contracts.manifest import (
    CURRENT,
    MANIFEST,
    STARTER,
    VERSION,
    BadArtifact,
    Kind,
    Manifest,
    list_files,
    sha256,
    verify,
)

STALE_S = 86_400  # no job writes an artifact for a day
Sync = Callable[[Path], None]


def sync_to_disk(path: Path) -> None:
    """Return once a file's bytes, or a folder's names, are on the disk. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def publish(
    root: Path, manifest: Manifest, write: Callable[[Path], None], *, sync: Sync = sync_to_disk
) -> Path:
    """Publish one artifact under `root` and make it current; returns its folder.

    `write` fills the folder it is given with every file but the manifest. When two jobs pick the same
    version, the later one gets a suffix; `current` names a whole artifact at every moment.

    Raises BadArtifact when `write` left a file an artifact may not hold.
    """
    home = root / manifest.kind
    home.mkdir(parents=True, exist_ok=True)
    sync(root)
    _sweep(home, time.time() - STALE_S)
    staging = home / f".incoming-{secrets.token_hex(8)}"
    staging.mkdir()
    try:
        write(staging)
        files = _hashes_once_on_disk(staging, sync)
        version = manifest.version
        while True:
            complete = manifest.model_copy(update={"version": version, "files": files})
            (staging / MANIFEST).write_text(complete.model_dump_json(indent=2), "utf-8")
            sync(staging / MANIFEST)
            sync(staging)
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
    sync(home)
    point_current(root, manifest.kind, version, sync=sync)
    return home / version


def add_files(
    folder: Path,
    kind: Kind,
    write: Callable[[Path], None],
    *,
    drift: Mapping[str, float] | None = None,
    metrics: Mapping[str, float] | None = None,
    sync: Sync = sync_to_disk,
) -> Manifest:
    """Let `write` put files into an artifact that nobody is loading, and list them in its manifest.

    `drift` and `metrics` are what else was measured of the artifact meanwhile.

    Version and creation stay. Until the manifest is replaced, last, a reader refuses the folder.

    Raises BadArtifact when the artifact is not sound, before or after.
    """
    manifest = verify(folder, kind)
    write(folder)
    files = _hashes_once_on_disk(folder, sync)
    measured = {
        "drift": manifest.drift | dict(drift or {}),
        "metrics": manifest.metrics | dict(metrics or {}),
    }
    complete = manifest.model_copy(update={"files": files, **measured})
    _replace(folder / MANIFEST, complete.model_dump_json(indent=2), sync)
    return verify(folder, kind)


def point_current(root: Path, kind: Kind, version: str, *, sync: Sync = sync_to_disk) -> None:
    """Make `version` the current one, atomically; STARTER stands for what each service brings itself.

    Raises BadArtifact if there is no such version.
    """
    home = root / kind
    if version != STARTER and not (VERSION.fullmatch(version) and (home / version / MANIFEST).is_file()):
        raise BadArtifact(f"There is no artifact {version!r} of kind {kind}.")
    _replace(home / CURRENT, version, sync)


def _hashes_once_on_disk(folder: Path, sync: Sync) -> dict[str, str]:
    """SHA-256 by name of every file but the manifest; what they lie in is on the disk too."""
    names = [name for name in list_files(folder) if name != MANIFEST]
    for name in names:
        sync(folder / name)
    for inside in sorted({(folder / name).parent for name in names}):
        sync(inside)
    return {name: sha256(folder / name) for name in names}


def _replace(path: Path, text: str, sync: Sync) -> None:
    """Another text in a small file, atomically: the old one or the new one, never a part."""
    temporary = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    temporary.write_text(text, "utf-8")
    sync(temporary)
    temporary.replace(path)
    sync(path.parent)


def _sweep(home: Path, before: float) -> None:
    """Remove what a publisher left that was killed; one that still runs wrote there lately."""
    for left in [*home.glob(".incoming-*"), *home.glob(".current-*")]:
        with contextlib.suppress(OSError):
            if left.stat().st_mtime < before:
                shutil.rmtree(left) if left.is_dir() else left.unlink()
