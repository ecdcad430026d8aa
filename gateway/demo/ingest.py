"""Bringing a folder's pictures into the catalogue: only what is missing, several at once."""

import hashlib
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NoReturn

from tqdm import tqdm

from demo.catalogue import Catalogue, Refused
from demo.failures import DemoFailed
from demo.folder import FolderPicture

AT_ONCE = 4  # uploads in flight: enough to keep the gateway's disk and decoder busy on two cores
POLL_S = 0.2
LOG_S = 10.0  # between two states of a bar that is written to a file
STALL_S = 120.0  # a view that takes in nothing for so long is broken, not slow: a batch takes seconds


@dataclass(slots=True)
class Ingested:
    """What came of an ingest; `refused` says by image id why the gateway would not have a picture."""

    added: int = 0
    already_there: int = 0
    refused: dict[str, str] = field(default_factory=dict)


def missing(pictures: Sequence[FolderPicture], entries: Iterable[dict[str, Any]]) -> list[FolderPicture]:
    """Those of `pictures` that the catalogue's `entries` lack, or hold with other bytes or words."""
    present = {
        entry["image_id"]: (entry["content_hash"], tuple(entry["captions"]), entry["metadata"])
        for entry in entries
    }
    return [
        picture
        for picture in pictures
        if picture.image_id not in present
        or present[picture.image_id] != (_content_hash(picture), picture.captions, picture.metadata)
    ]


def ingest(catalogue: Catalogue, pictures: Sequence[FolderPicture], *, quiet: bool = False) -> Ingested:
    """Upload what is missing, with a progress bar.

    Raises DemoFailed when the gateway is not well; a picture that it refuses is only reported.
    """
    todo = missing(pictures, catalogue.entries())
    result = Ingested(already_there=len(pictures) - len(todo))
    with (
        ThreadPoolExecutor(AT_ONCE) as threads,
        _bar("uploading", 0 if quiet else len(todo)) as bar,
    ):
        try:
            for picture, refusal in zip(todo, threads.map(partial(_put, catalogue), todo), strict=True):
                bar.update()
                if refusal is None:
                    result.added += 1
                else:
                    result.refused[picture.image_id] = refusal
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            raise
    return result


def wait_indexed(
    catalogue: Catalogue, check: Callable[[], None], *, quiet: bool = False, stall_s: float = STALL_S
) -> None:
    """Return once every view has taken in the whole catalogue; the progress bar counts each view's pictures.

    `check` raises when a service has ended. Raises DemoFailed when nothing moves for `stall_s`.
    """
    pending = catalogue.pending()
    with _bar("indexing ", 0 if quiet else pending) as bar:
        moved = time.monotonic()
        while pending:
            time.sleep(POLL_S)
            check()
            left = catalogue.pending()
            if left != pending:
                moved = time.monotonic()
            elif time.monotonic() - moved > stall_s:
                raise DemoFailed(
                    f"{left} pictures are waiting and no view has taken one for {stall_s:.0f} s."
                )
            bar.update(max(0, pending - left))
            pending = left


def _bar(title: str, total: int) -> "tqdm[NoReturn]":
    """A progress bar on standard error; none for nothing."""
    pause = 0.1 if sys.stderr.isatty() else LOG_S
    return tqdm(total=total, desc=title, unit="img", mininterval=pause, disable=total == 0)


def _put(catalogue: Catalogue, picture: FolderPicture) -> str | None:
    """Upload `picture`; the reason if it was refused."""
    try:
        catalogue.put(picture)
    except Refused as error:
        return str(error)
    return None


def _content_hash(picture: FolderPicture) -> str:
    with picture.path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
