"""The modules of this tree as text with syntax trees, for tests of what they may hold."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "diversity_contracts": "contracts/src/diversity_contracts",
    "diversity_view": "contracts/src/diversity_view",
    "diversity_gateway": "gateway/src/diversity_gateway",
    "drml_service": "drml-service/src/drml_service",
    "caption_service": "caption-service/src/caption_service",
    "drml_job": "trainer-jobs/drml_job/src/drml_job",
    "caption_job": "trainer-jobs/caption_job/src/caption_job",
    "job_kit": "trainer-jobs/job_kit/src/job_kit",
    "demo": "gateway/demo",
    "diversity_client": "gateway/client/src/diversity_client",
}


@dataclass(frozen=True)
class Module:
    """One module: its name as package/path without suffix, its text, its syntax tree."""

    name: str
    text: str
    tree: ast.Module

    @property
    def package(self) -> str:
        return self.name.partition("/")[0]

    def imports(self) -> Iterator[str]:
        """Every imported module's full name, wherever in the file it is imported."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield "." * node.level + (node.module or "")

    def may(self, rooms: set[str]) -> bool:
        """Whether this module is one of `rooms`."""
        return any(
            self.name.startswith(room[:-1]) if room.endswith("/*") else self.name == room for room in rooms
        )


def modules(root: Path) -> list[Module]:
    """The modules of the packages that stand under `root`."""
    found = list[Module]()
    for package, place in PACKAGES.items():
        found += modules_in(root / place, package)
    return found


def modules_in(folder: Path, package: str) -> list[Module]:
    """Every module below `folder`, named as parts of `package`."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text()
        name = f"{package}/{path.relative_to(folder).with_suffix('').as_posix()}"
        found.append(Module(name, text, ast.parse(text)))
    return found
