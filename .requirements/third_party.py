"""Prints what the named folders' pyproject.toml ask for of others, to be installed before their code is.

    python .requirements/third_party.py contracts[view] drml-service

A layer of an image made from this list stays while the code changes. What belongs to this repository is
left out.
"""

import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
OWN = ("diversity-", "drml-", "caption-", "job-kit")


def asked(folder: str, extras: list[str]) -> list[str]:
    """The requirements of `folder` with those of its `extras`, this repository's own packages left out."""
    project = tomllib.loads((ROOT / folder / "pyproject.toml").read_text())["project"]
    lines: list[str] = list(project["dependencies"])
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    return [line for line in lines if not line.startswith(OWN)]


def main() -> None:
    found = set[str]()
    for argument in sys.argv[1:]:
        folder, _, extras = argument.rstrip("]").partition("[")
        found.update(asked(folder, extras.split(",") if extras else []))
    print("\n".join(sorted(found)))


if __name__ == "__main__":
    main()
