"""The commands: `python -m diversity_gateway.archive backup|restore --state DIR --artifacts DIR FILE`.

FILE may be `-`: standard output, or input. What is said to people goes to standard error.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from diversity_gateway.archive.index import ArchiveError, Index
from diversity_gateway.archive.read import restore
from diversity_gateway.archive.write import backup


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0 done, 1 not done."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=("backup", "restore"))
    parser.add_argument("--state", type=Path, default=Path("var/gateway"), help="the gateway's STATE")
    parser.add_argument("--artifacts", type=Path, default=Path("artifacts"), help="the shared volume")
    parser.add_argument("--force", action="store_true", help="restore over what is there")
    parser.add_argument("file", help="the archive, or -")
    values = parser.parse_args(arguments)
    try:
        if values.command == "backup":
            index = _backup(values.state, values.artifacts, values.file)
        else:
            index = _restore(values.state, values.artifacts, values.file, values.force)
    except (ArchiveError, OSError) as error:
        _say(f"{values.command}: {error}")
        return 1
    _say(
        f"{values.command}: {index.pictures} pictures at change {index.version}, "
        f"{len(list(index.artifacts()))} artifacts, of {index.created:%Y-%m-%d %H:%M} UTC"
    )
    return 0


def _backup(state: Path, artifacts: Path, name: str) -> Index:
    now = datetime.now(UTC)
    if name == "-":
        return backup(state, artifacts, sys.stdout.buffer, now, _say_left_out)
    # Under its name only once it is whole.
    part = Path(f"{name}.part")
    try:
        with part.open("wb") as file:
            index = backup(state, artifacts, file, now, _say_left_out)
        part.rename(name)
    finally:
        part.unlink(missing_ok=True)
    return index


def _restore(state: Path, artifacts: Path, name: str, force: bool) -> Index:
    if name == "-":
        return restore(sys.stdin.buffer, state, artifacts, force=force)
    with Path(name).open("rb") as file:
        return restore(file, state, artifacts, force=force)


def _say_left_out(what: str) -> None:
    _say(f"backup: left out, not sound: {what}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
