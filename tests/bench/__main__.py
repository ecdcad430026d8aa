"""Every speed that the contract names, one module after the other: `python -m tests.bench`.

Arguments are the search's; the other modules run with their defaults. Each is a process of its own, so that
no one's threads or memory weigh on the next one's figures.
"""

import subprocess
import sys

MODULES = (
    "search",
    "search_scaling",
    "embedding",
    "decoding",
    "kept_answers",
    "captioning",
    "training",
    "gateway",
    "serving",
    "ingesting",
    "start",
)


def main() -> int:
    """The worst exit status."""
    statuses = []
    for module in MODULES:
        arguments = sys.argv[1:] if module == "search" else []
        command = [sys.executable, "-m", f"tests.bench.{module}", *arguments]
        statuses.append(subprocess.run(command, check=False).returncode)
    return max(statuses)


if __name__ == "__main__":
    sys.exit(main())
