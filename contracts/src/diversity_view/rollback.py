"""Goes back to the previous sound artifact: `python -m diversity_view.rollback drml --artifacts DIR`."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args

from diversity_contracts.manifest import CURRENT, STARTER, BadArtifact, Kind, current, verify, versions
from diversity_contracts.publishing import point_current
from diversity_view import notices


class NothingOlder(Exception):
    """There is no artifact to go back to; the message says what was looked at."""


def roll_back(root: Path, kind: Kind, passed_over: Callable[[str], None] = lambda _: None) -> tuple[str, str]:
    """Make the newest sound artifact older than the current one current, the services' starter where there
    is none; (from, to).

    Args:
        root: the shared volume.
        passed_over: told of each older artifact that is not sound, and why.

    Raises NothingOlder; then `current` is as it was.
    """
    try:
        folder = current(root, kind)
    except BadArtifact as error:
        raise NothingOlder(f"It is not known what to go back from: {error}") from error
    if folder is None:
        said = f"{STARTER!r} is current" if (root / kind / CURRENT).exists() else "Nothing was published"
        raise NothingOlder(f"{said} as {kind} in {root}; the services serve their starter.")
    for version in reversed([version for version in versions(root, kind) if version < folder.name]):
        try:
            verify(root / kind / version, kind)
        except BadArtifact as error:
            passed_over(f"{version}: {error}")
            continue
        point_current(root, kind, version)
        return folder.name, version
    point_current(root, kind, STARTER)
    return folder.name, STARTER


def main() -> int:
    """The command's exit status."""
    parser = argparse.ArgumentParser(
        description="Make the previous sound artifact the current one, the starter where there is none."
    )
    parser.add_argument("kind", choices=get_args(Kind))
    parser.add_argument("--artifacts", type=Path, required=True)
    parser.add_argument(
        "--redis-url", default="", help="where to tell the services, which notice in any case"
    )
    values = parser.parse_args()
    try:
        left, taken = roll_back(values.artifacts, values.kind, lambda said: print(said, file=sys.stderr))
    except NothingOlder as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{values.kind}: {left} → {taken}")
    notices.announce(values.redis_url, values.kind, taken)
    return 0


if __name__ == "__main__":
    sys.exit(main())
