"""Reading an archive: everything is checked beside the state before anything of the state is touched."""

import hashlib
import os
import secrets
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, BinaryIO, get_args

from diversity_contracts.manifest import MANIFEST, BadArtifact, Kind, verify, versions
from diversity_contracts.publishing import point_current
from diversity_gateway.archive import database_copy
from diversity_gateway.archive.index import CATALOGUE, MAX_BYTES, NAME, ArchiveError, Index, parse
from diversity_gateway.catalogue import Catalogue

PIECE = 1 << 20


def restore(source: BinaryIO, state: Path, artifacts: Path, *, force: bool = False) -> Index:
    """Bring what `source` holds to `state` and `artifacts`. The gateway must not be running.

    What is there already stays unless `force` is set; then its catalogue is replaced. Pictures and artifacts
    beside the archive's are left (pictures that nothing points to are swept by the gateway in time).

    Raises ArchiveError, with nothing touched, when the archive is not whole, something is there, or the
    gateway runs.
    """
    state.mkdir(parents=True, exist_ok=True)
    artifacts.mkdir(parents=True, exist_ok=True)
    if not force:
        _refuse_what_is_there(state, artifacts)
    for path in sorted(state.glob("*.sqlite")):
        database_copy.release(path)
    with _staging(state) as of_state, _staging(artifacts) as of_artifacts:
        homes = {"state": of_state, "artifacts": of_artifacts}
        index = _unpack(source, homes)
        _check(index, homes)
        database_copy.renew(of_state / "catalogue.sqlite")
        os.sync()  # one for all: what is renamed below must not be empty after a power cut
        _install_artifacts(index, of_artifacts, artifacts)
        _install_state(index, of_state, state)
        os.sync()
    return index


def _refuse_what_is_there(state: Path, artifacts: Path) -> None:
    path = state / "catalogue.sqlite"
    if path.exists():
        with closing(Catalogue(path)) as catalogue:
            if catalogue.state().version > 0:
                raise ArchiveError("There is a catalogue already; FORCE=1 replaces it.")
    if any(versions(artifacts, kind) for kind in get_args(Kind)):
        raise ArchiveError("There are artifacts already; FORCE=1 restores over them.")


@contextmanager
def _staging(home: Path) -> Iterator[Path]:
    """A folder on the same file system, so that what is in it can be renamed into place."""
    folder = home / f".restore-{secrets.token_hex(8)}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpack(source: BinaryIO, homes: dict[str, Path]) -> Index:
    """Every member to its staging folder, each hash compared."""
    try:
        with tarfile.open(fileobj=source, mode="r|*") as archive:
            first = archive.next()
            if first is None or first.name != NAME or first.size > MAX_BYTES:
                raise ArchiveError("It is no backup: its first member is not an index.")
            index = parse(_content(archive, first).read())
            left = dict(index.files)
            while (member := archive.next()) is not None:
                digest = left.pop(member.name, None)
                if digest is None or not member.isfile():
                    raise ArchiveError(f"It holds {member.name!r}, which its index does not list.")
                top, _, inner = member.name.partition("/")
                target = homes[top] / inner
                target.parent.mkdir(parents=True, exist_ok=True)
                if _write(_content(archive, member), target) != digest:
                    raise ArchiveError(f"{member.name} is not what was backed up: its hash differs.")
    except (tarfile.TarError, zlib.error, EOFError) as error:
        raise ArchiveError(f"It is damaged or cut short: {error}.") from error
    if left:
        raise ArchiveError(f"It is cut short: {len(left)} files are missing, {next(iter(left))} for one.")
    return index


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = archive.extractfile(member)
    if content is None:
        raise ArchiveError(f"{member.name} is not a file.")
    return content


def _write(content: IO[bytes], target: Path) -> str:
    """The SHA-256 of what was written."""
    digest = hashlib.sha256()
    with target.open("wb") as file:
        while piece := content.read(PIECE):
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def _check(index: Index, homes: dict[str, Path]) -> None:
    for member in index.databases():
        database_copy.check(homes["state"] / member.removeprefix("state/"))
    with closing(Catalogue(homes["state"] / CATALOGUE.removeprefix("state/"))) as catalogue:
        if missing := catalogue.contents() - index.contents():
            raise ArchiveError(f"The picture {sorted(missing)[0]} is missing.")
    for kind, version in index.artifacts():
        try:
            verify(homes["artifacts"] / kind / version, kind)
        except BadArtifact as error:
            raise ArchiveError(f"The artifact {version} is not sound: {error}") from error


def _install_state(index: Index, staging: Path, state: Path) -> None:
    """Pictures first: a row must never point to nothing."""
    for content_hash in index.contents():
        inner = Path("content", content_hash[:2], content_hash)
        (state / inner).parent.mkdir(parents=True, exist_ok=True)
        (staging / inner).replace(state / inner)
    for member in index.databases():
        name = member.removeprefix("state/")
        (staging / name).replace(state / name)


def _install_artifacts(index: Index, staging: Path, artifacts: Path) -> None:
    for kind, version in index.artifacts():
        source, target = staging / kind / version, artifacts / kind / version
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            if (target / MANIFEST).read_bytes() == (source / MANIFEST).read_bytes():
                continue
            target.rename(staging / f"replaced-{kind}-{version}")
        source.rename(target)
    for kind, version in index.current.items():
        point_current(artifacts, kind, version)
