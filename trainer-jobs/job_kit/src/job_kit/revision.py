"""The revision of the code that runs, for the manifest."""

import shutil
import subprocess
from pathlib import Path

UNKNOWN = "unknown"
STATED = "REVISION"  # a file that an image's build leaves beside the code, which has no history there


def code_revision(folder: Path = Path(__file__).parent) -> str:
    """The commit checked out in `folder`, with `-changed` where files differ from it, or the one that was
    stated when the code was packed; else `unknown`."""
    stated = folder / STATED
    if stated.is_file():
        return stated.read_text().strip() or UNKNOWN
    git = shutil.which("git")
    if git is None:
        return UNKNOWN
    head = _output(git, folder, "rev-parse", "HEAD")
    if head is None:
        return UNKNOWN
    return head + ("-changed" if _output(git, folder, "status", "--porcelain", "--", ".") else "")


def _output(git: str, folder: Path, *arguments: str) -> str | None:
    done = subprocess.run([git, "-C", str(folder), *arguments], capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip() if done.returncode == 0 else None
