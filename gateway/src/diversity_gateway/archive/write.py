"""Writing an archive: what is there at one moment, as a stream."""

import gzip
import hashlib
import io
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, get_args

from diversity_contracts.manifest import MANIFEST, BadArtifact, Kind, current, verify, versions
from diversity_gateway.archive.database_copy import copy_online
from diversity_gateway.archive.index import CATALOGUE, NAME, ArchiveError, Index, content_member
from diversity_gateway.catalogue import Catalogue

COMPRESSION = 1  # pictures and weights hardly shrink; the rest does at any level


def backup(
    state: Path,
    artifacts: Path,
    target: BinaryIO,
    now: datetime,
    left_out: Callable[[str], None] = lambda _: None,
) -> Index:
    """Write the gateway's `state` and the sound `artifacts` to `target`. The gateway may be running.

    `left_out` is told of every artifact that is not sound, and why.

    Raises ArchiveError when there is no catalogue, or a picture's bytes are not what was stored.
    """
    databases = sorted(state.glob("*.sqlite"))
    if not any(f"state/{path.name}" == CATALOGUE for path in databases):
        raise ArchiveError("There is no catalogue in the state folder.")
    # Beside the state: the copies are as large as the databases, and a system's /tmp may be memory.
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=state) as name:
        copies = dict[str, Path]()
        for path in databases:
            copies[f"state/{path.name}"] = copy = Path(name) / path.name
            copy_online(path, copy)
        with closing(Catalogue(copies[CATALOGUE])) as catalogue:
            contents, snapshot = sorted(catalogue.contents()), catalogue.state()
        sources = copies | dict(_artifact_files(artifacts, left_out))
        files = {member: _sha256(path) for member, path in sources.items()}
        files |= {content_member(content_hash): content_hash for content_hash in contents}
        index = Index(
            created=now,
            version=snapshot.version,
            pictures=snapshot.size,
            current=_current(artifacts, files),
            files=files,
        )
        with (
            gzip.GzipFile(fileobj=target, mode="wb", compresslevel=COMPRESSION) as packed,
            tarfile.open(fileobj=packed, mode="w|") as archive,
        ):
            _add(archive, NAME, index.model_dump_json(indent=1).encode(), now)
            for member, path in sources.items():
                archive.add(path, member, recursive=False, filter=_plain)
            for content_hash in contents:
                member = content_member(content_hash)
                _add(archive, member, _picture(state, content_hash), now)
    return index


def _artifact_files(root: Path, left_out: Callable[[str], None]) -> Iterator[tuple[str, Path]]:
    for kind in get_args(Kind):
        for version in versions(root, kind):
            folder = root / kind / version
            try:
                names = verify(folder, kind).files
            except BadArtifact as error:
                left_out(f"{kind}/{version}: {error}")
                continue
            for name in (*names, MANIFEST):
                yield f"artifacts/{kind}/{version}/{name}", folder / name


def _current(root: Path, files: dict[str, str]) -> dict[Kind, str]:
    found = dict[Kind, str]()
    for kind in get_args(Kind):
        try:
            folder = current(root, kind)
        except BadArtifact:
            continue
        if folder is not None and f"artifacts/{kind}/{folder.name}/{MANIFEST}" in files:
            found[kind] = folder.name
    return found


def _picture(state: Path, content_hash: str) -> bytes:
    try:
        data = (state / content_member(content_hash).removeprefix("state/")).read_bytes()
    except FileNotFoundError as error:
        raise ArchiveError(f"The picture {content_hash} is not in the state folder; try again.") from error
    if hashlib.sha256(data).hexdigest() != content_hash:
        raise ArchiveError(f"The picture {content_hash} is damaged on disk.")
    return data


def _add(archive: tarfile.TarFile, member: str, data: bytes, now: datetime) -> None:
    info = tarfile.TarInfo(member)
    info.size, info.mtime, info.mode = len(data), int(now.timestamp()), 0o644
    archive.addfile(info, io.BytesIO(data))


def _plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """Nobody's name, no rights of this machine."""
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mode = 0o644
    return info


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
