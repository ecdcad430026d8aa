"""Files known by their sha256."""

import hashlib
from pathlib import Path


class WrongFile(ValueError):
    """A file that is not the one expected."""


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check(path: Path, sha256_prefix: str) -> None:
    """WrongFile where the file's sha256 does not begin with the given digits (eight at least)."""
    if len(sha256_prefix) < 8:
        raise WrongFile("give at least eight digits of the sha256")
    found = sha256_of(path)
    if not found.startswith(sha256_prefix.lower()):
        raise WrongFile(f"{path.name} has sha256 {found}, expected {sha256_prefix}")
