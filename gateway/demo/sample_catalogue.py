"""The sample catalogue: the drawings and photographs of Debian's package `tuxpaint-stamps-default`."""

import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from demo.failures import DemoFailed

PACKAGE = "tuxpaint-stamps-default"
LICENCE = "GPL-2, © Bill Kendrick and contributors"
MINIMUM = 500  # pictures; with far fewer, percentiles are too coarse to show anything
_PICTURES = PurePosixPath("usr/share/tuxpaint/stamps")
_COPYRIGHT = PurePosixPath("usr/share/doc") / PACKAGE / "copyright"
# Letters, numbers, coins and road signs are recognised by reading, not by looking.
_LEFT_OUT = (PurePosixPath("symbols"), PurePosixPath("town/roadsigns"))
# Variants that exist so that a paint program need not mirror lettering; the original is in the catalogue.
_MIRRORED = "_mirror"

Download = Callable[[str, Path], Path]


def sample_pictures(home: Path, download: Download, *, minimum: int = MINIMUM) -> Path:
    """The folder of the sample's pictures under `home`, fetched the first time; whole or absent.

    `download` puts a Debian package's file into a folder and returns its path.

    Raises DemoFailed if it cannot be fetched, cannot be read, or holds fewer than `minimum` pictures.
    """
    ready = home / PACKAGE
    if ready.is_dir():
        return ready / "pictures"
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".incoming-", dir=home) as name:
        unpacked = Path(name) / "unpacked"
        count = unpack(download(PACKAGE, Path(name)), unpacked)
        if count < minimum:
            raise DemoFailed(f"The package {PACKAGE} holds {count} pictures, fewer than {minimum}.")
        unpacked.rename(ready)
    return ready / "pictures"


def unpack(package: Path, target: Path) -> int:
    """Write the package's pictures and their texts to `target`/pictures, its licence to
    `target`/copyright; returns how many pictures there are.

    Sounds and vector drawings, most of the package's 160 MB, are passed over.

    Raises DemoFailed if `package` is no whole Debian package.
    """
    pictures = 0
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
                for member in archive:
                    place = _place(PurePosixPath(member.name))
                    content = archive.extractfile(member) if place and member.isfile() else None
                    if place and content:
                        pictures += place.suffix == ".png"
                        (target / place).parent.mkdir(parents=True, exist_ok=True)
                        with (target / place).open("wb") as file:
                            shutil.copyfileobj(content, file)
        except tarfile.ReadError as error:
            raise DemoFailed(f"The package {PACKAGE} is damaged: {error}.") from error
    if process.returncode != 0:
        raise DemoFailed(f"dpkg-deb could not read the package {PACKAGE} to its end.")
    return pictures


def _place(member: PurePosixPath) -> PurePosixPath | None:
    """Where a file of the package goes; None if it is left out."""
    if member == _COPYRIGHT:
        return PurePosixPath("copyright")
    if not member.is_relative_to(_PICTURES) or ".." in member.parts:
        return None
    inner = member.relative_to(_PICTURES)
    if inner.suffix not in {".png", ".txt"} or inner.stem.endswith(_MIRRORED):
        return None
    if any(inner.is_relative_to(folder) for folder in _LEFT_OUT):
        return None
    return "pictures" / inner
