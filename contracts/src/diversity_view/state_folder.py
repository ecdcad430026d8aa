"""A view's state folder: held by one process, one index for each generation that it keeps."""

import json
import logging
import re
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Self, TextIO, TypeVar

from diversity_contracts.generations import parts_of
from diversity_contracts.problems import NotReady
from diversity_view import store_file
from diversity_view.store import Codec, Elsewhere, Store, index_file

Content = TypeVar("Content")
log = logging.getLogger(__name__)
SERVED = "served.json"
_OF_GENERATIONS = ("index-*.sqlite*", "table-*.mapped", ".table-*.mapped")
_NAME = re.compile(r"^\.?(index|table)-|\.(sqlite.*|mapped)$")  # all of a file's name but the generation's


class StateFolder:
    """The folder while it is held. The indexes in it are derived: whatever is lost is fed again."""

    def __init__(self, path: Path, held: TextIO) -> None:
        self.path, self._held = path, held
        self._keep_elsewhere: Callable[[Collection[str]], None] | None = None

    @classmethod
    def hold(cls, path: Path) -> Self:
        """Make the folder if it is missing, and hold it.

        Raises NotReady when another process holds it, or it cannot be made.
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
            return cls(path, store_file.lock(path / "lock"))
        except OSError as error:
            raise NotReady("The state folder cannot be used.") from error

    def index(
        self, name: str, digest: str, codec: Codec[Content], elsewhere: Elsewhere = lambda *_: ()
    ) -> Store[Content]:
        """The index of the generation `name`, an empty one where there was none; `elsewhere` as `Store.open`
        says, which tells what this raises too."""
        return Store.open(self.path, artifact=name, digest=digest, codec=codec, elsewhere=elsewhere)

    def table_file(self, name: str) -> Path:
        """Where the table of the generation `name` is kept between two starts."""
        return self.path / f"table-{name}.mapped"

    def index_elsewhere(self, name: str, keep: Callable[[Collection[str]], None]) -> None:
        """The index of the generation `name` lies elsewhere, and an empty file stands for it here.

        `keep` removes there what `keep` removes here. Raises NotReady.
        """
        try:
            index_file(self.path, name).touch()
        except OSError as error:
            raise NotReady("The state folder cannot be used.") from error
        self._keep_elsewhere = keep

    def has_index(self, name: str) -> bool:
        """Whether there is one of this generation."""
        return index_file(self.path, name).exists()

    def keep(self, names: Collection[str], *, artifacts: Collection[str] = ()) -> None:
        """Remove the indexes of every other generation than `names` and those of `artifacts`."""
        kept = set(names)
        files = (file for pattern in _OF_GENERATIONS for file in sorted(self.path.glob(pattern)))
        for file in files:
            name = _NAME.sub("", file.name)
            if name in names or parts_of(name)[0] in artifacts:
                kept.add(name)
            else:
                log.info("removing the index of another generation", extra={"file": file.name})
                file.unlink(missing_ok=True)
        if self._keep_elsewhere is not None:
            self._keep_elsewhere(sorted(kept))

    @property
    def served(self) -> list[str]:
        """The generations that served last, the last one first; none where that is not known."""
        try:
            listed = json.loads((self.path / SERVED).read_bytes())
        except (OSError, ValueError):
            return []
        return [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []

    def note_served(self, names: Sequence[str]) -> None:
        """Write down what serves, and what served before it; where that fails only a hint is lost."""
        fresh = self.path / f".{SERVED}"
        try:
            fresh.write_text(json.dumps(list(names)))
            fresh.replace(self.path / SERVED)
        except OSError as error:
            log.warning("what serves could not be written down", extra={"reason": str(error)})

    def close(self) -> None:
        """Let go of the folder."""
        self._held.close()
