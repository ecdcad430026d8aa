"""Tiny ImageNet's official archive, for those who name no data of their own."""

from pathlib import Path

from tqdm import tqdm

from job_kit import download
from job_kit.download import RemoteFile

# Its publisher states neither size nor hash; these are what many who downloaded it have written down, alike
# (md5 90528d7ca1a48142e341f4ef8d21d0de). By the hash a plain http address is as good as any.
ARCHIVE = RemoteFile(
    "http://cs231n.stanford.edu/tiny-imagenet-200.zip",
    248_100_043,
    "6198c8ae015e2b3e007c7841da39ec069199b9aa3bfa943a462022fe5e43c821",
)
DOWNLOADS = Path("build/downloads")


def unless_given(data: Path | None, downloads: Path, archive: RemoteFile = ARCHIVE) -> Path:
    """`data`, or where none is given the archive, kept in `downloads`.

    SystemExit where it cannot be had, with the reason and what else to do.
    """
    if data is not None:
        return data
    if not (downloads / archive.name).exists():
        tqdm.write(f"no --data: fetching Tiny ImageNet ({archive.size / 1e6:.0f} MB) from {archive.url}")
    try:
        with download.open_client() as client:
            return download.fetch(archive, downloads, client)
    except download.DownloadFailed as failed:
        raise SystemExit(f"{failed}\nGive --data: a copy of it, or any folder of class folders.") from failed
