"""The refused pictures in a file, so that a later ingest need not send them again.

Only refusals are written down: what was taken, the gateway knows. A line holds for one gateway, one id and
one content, so a mended picture is sent.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO

from diversity_client.errors import Misused
from diversity_client.ingesting.report import Refusal


class Journal:
    """JSON lines at `path`; None keeps nothing. Raises Misused if the file cannot be written."""

    def __init__(self, path: Path | None, url: str) -> None:
        self._url = url
        self._known = dict[tuple[str, str], Refusal]()
        self._file: IO[str] | None = None
        if path is not None:
            try:
                for refusal in _read(path, url):
                    self._known[refusal.image_id or "", refusal.content_hash or ""] = refusal
                self._file = path.open("a", encoding="utf-8")
                if path.stat().st_size:
                    # The line before may have been cut short by a kill.
                    self._file.write("\n")
            except OSError as error:
                raise Misused(f"{path} cannot be written: {error.strerror or error}") from error

    def find(self, image_id: str, content_hash: str) -> Refusal | None:
        """Why this gateway would not have this content under this id."""
        return self._known.get((image_id, content_hash))

    def add(self, refusal: Refusal) -> None:
        """Write down a refusal that is final."""
        if self._file is not None and refusal.is_final:
            self._file.write(json.dumps({"url": self._url, **asdict(refusal)}) + "\n")
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


def _read(path: Path, url: str) -> Iterator[Refusal]:
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            try:
                told = json.loads(line)
                if told.pop("url") == url:
                    yield Refusal(**told)
            except (ValueError, KeyError, TypeError, AttributeError):
                continue  # half a line of a run that was killed
