"""Flickr8k as it is published: where its two archives lie, and how they are fetched.

The data are for non-commercial research (Hodosh, Young & Hockenmaier 2013). The University of Illinois, which
made them, gives them out on request; the addresses are the public copies that most work uses. Their publisher
states no sha256. The MD5s are those that the torchvision package for R checks against; they find a damaged
file, they prove no origin. `--sha256` adds a check of one's own.
"""

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path

import httpx

from job_kit import hashes
from job_kit.download import ChangedFile, RemoteFile, fetch, open_client

_RELEASE = "https://github.com/jbrownlee/Datasets/releases/download/Flickr8k"
FILES = (
    RemoteFile(f"{_RELEASE}/Flickr8k_text.zip", 2_340_801),
    RemoteFile(f"{_RELEASE}/Flickr8k_Dataset.zip", 1_115_419_746),
)
MD5 = {
    "Flickr8k_text.zip": "bf6c1abcb8e4a833b7f922104de18627",
    "Flickr8k_Dataset.zip": "f18a1e2920de5bd84dae7cf08ec78978",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """`--downloads` and `--sha256`, for when no data are given."""
    parser.add_argument(
        "--downloads", type=Path, default=Path("build/downloads"), help="where archives are kept"
    )
    parser.add_argument(
        "--sha256",
        nargs=2,
        metavar=("TEXT", "PICTURES"),
        help="of the two archives, checked after downloading",
    )


def download(
    folder: Path,
    sha256: Sequence[str] | None = None,
    client: httpx.Client | None = None,
    *,
    files: Sequence[RemoteFile] = FILES,
    md5: dict[str, str] = MD5,
) -> list[Path]:
    """Both archives, checked by size, MD5 and, where given, sha256.

    job_kit.download.DownloadFailed where they cannot be had; ChangedFile or job_kit.hashes.WrongFile where
    they are not the expected ones.
    """
    with client or open_client() as opened:
        paths = [fetch(file, folder, opened) for file in files]
    for path in paths:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
        if found != md5[path.name]:
            path.unlink()
            raise ChangedFile(f"{path.name} has MD5 {found}, expected {md5[path.name]}; removed")
    for path, digits in zip(paths, sha256 or (), strict=False):
        hashes.check(path, digits)
    return paths
