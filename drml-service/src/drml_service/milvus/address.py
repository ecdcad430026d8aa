"""Where Milvus is, as the setting says it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

# No underscore in the name: it ends where the artifact's begins.
PATTERN = r"milvus\+(https?://[^/\s?#@]+)(?:/([A-Za-z][A-Za-z0-9]{0,31}))?"


@dataclass(frozen=True, slots=True)
class Address:
    """A server, and the name that begins every collection of this deployment."""

    uri: str
    name: str

    @classmethod
    def of(cls, setting: str, name: str) -> "Address | None":
        """Of `milvus+http://host:port`, or `.../name` where several deployments share a server; None for
        another setting."""
        matched = re.fullmatch(PATTERN, setting)
        return None if matched is None else cls(matched[1], matched[2] or name)

    def collection(self, artifact: str, digest: str) -> str:
        """The collection of an artifact's vectors; another manifest of the same version has another one."""
        return f"{self.name}_{_letters(artifact)}_{digest[:16]}"

    def is_own(self, collection: str, artifacts: Iterable[str] | None = None) -> bool:
        """Whether a collection is this deployment's, and of one of `artifacts` where they are given."""
        middle = "\\w+" if artifacts is None else "|".join(map(_letters, artifacts)) or "-"
        return re.fullmatch(f"{self.name}_({middle})_[0-9a-f]{{1,16}}", collection) is not None


def _letters(artifact: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "_", artifact)
