"""What an archive says of itself, its first member.

    index.json                                  this
    state/catalogue.sqlite                      a consistent copy of each database
    state/content/ab/ab12...                    every picture that the catalogue points to
    artifacts/<kind>/<version>/manifest.json    every sound artifact, whole

The whole is a tar, compressed by gzip. Thumbnails and the views' indexes are derived, and left out.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from diversity_contracts.manifest import Kind

NAME = "index.json"
CATALOGUE = "state/catalogue.sqlite"
MAX_BYTES = 1 << 30  # of the index: some 7 million pictures
_MEMBER = re.compile(
    r"state/[a-z_]+\.sqlite"
    r"|state/content/[0-9a-f]{2}/[0-9a-f]{64}"
    r"|artifacts/(drml|caption)/[a-z0-9][\w.-]{0,127}(/[A-Za-z0-9_][\w.-]{0,127}){1,2}",
    re.ASCII,
)
_SHA256 = re.compile(r"[0-9a-f]{64}")


class ArchiveError(Exception):
    """A backup or a restore that was not done; the message says why. Nothing was overwritten."""


class Index(BaseModel):
    """What an archive holds, with a hash of each file."""

    model_config = ConfigDict(extra="forbid")

    format: Literal[1] = 1
    created: datetime
    version: int = Field(description="The catalogue's latest change.")
    pictures: int = Field(description="How many entries the catalogue has.")
    current: dict[Kind, str] = Field(description="The current artifact of each kind that has one.")
    files: dict[str, str] = Field(description="SHA-256 by member.")

    @field_validator("files")
    @classmethod
    def _safe(cls, files: dict[str, str]) -> dict[str, str]:
        """Names become paths at a restore: nothing but what a backup writes is let through."""
        for name, digest in files.items():
            if not _MEMBER.fullmatch(name) or ".." in name or not _SHA256.fullmatch(digest):
                raise ValueError(f"{name!r} is not a member of a backup")
        if CATALOGUE not in files:
            raise ValueError("it holds no catalogue")
        return files

    def artifacts(self) -> Iterator[tuple[Kind, str]]:
        """Kind and version of each artifact."""
        found = {tuple(name.split("/")[1:3]) for name in self.files if name.startswith("artifacts/")}
        for kind, version in sorted(found):
            yield ("drml" if kind == "drml" else "caption"), version

    def contents(self) -> set[str]:
        """Content hashes of the pictures."""
        return {name.rpartition("/")[2] for name in self.files if name.startswith("state/content/")}

    def databases(self) -> list[str]:
        """Members that are databases."""
        return sorted(name for name in self.files if name.endswith(".sqlite"))


def content_member(content_hash: str) -> str:
    """Where a picture lies.

    >>> content_member("ab12")
    'state/content/ab/ab12'
    """
    return f"state/content/{content_hash[:2]}/{content_hash}"


def parse(text: bytes) -> Index:
    """The index in `text`. Raises ArchiveError."""
    try:
        return Index.model_validate_json(text)
    except ValidationError as error:
        raise ArchiveError(f"Its index cannot be read: {error.errors()[0]['msg']}.") from error
