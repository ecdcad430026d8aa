"""A folder of pictures as catalogue entries: ids from paths, captions from the texts beside them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from demo.captions import first_caption, parse_token_file
from demo.failures import DemoFailed

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"})
TOKEN_FILE = "captions.txt"


@dataclass(frozen=True, slots=True)
class FolderPicture:
    """One picture of a folder, as it is to stand in the catalogue."""

    path: Path
    image_id: str
    captions: tuple[str, ...]
    metadata: dict[str, str]


def list_pictures(root: Path) -> list[FolderPicture]:
    """The pictures under `root`, ordered by image id.

    The id is the path below `root` without its suffix (with it, where two pictures would share an id); the
    sub-folder is the metadata's `class`. Captions come from the nearest `captions.txt` at or above the
    picture that names it, by path or by bare file name, else from the `.txt` beside the picture.

    Raises DemoFailed if there is no such folder, or no picture in it.
    """
    if not root.is_dir():
        raise DemoFailed(f"{root} is not a folder. Say which one holds the pictures: make demo IMAGES=dir")
    paths = sorted(_picture_paths(root))
    if not paths:
        raise DemoFailed(f"{root} holds no picture ({', '.join(sorted(PICTURE_SUFFIXES))}).")
    named = _Captions(root)
    stems = Counter(path.relative_to(root).with_suffix("").as_posix() for path in paths)
    pictures = []
    for path in paths:
        inner = path.relative_to(root)
        stem = inner.with_suffix("").as_posix()
        folder = inner.parent.as_posix()
        pictures.append(
            FolderPicture(
                path=path,
                image_id=stem if stems[stem] == 1 else inner.as_posix(),
                captions=named.of(path),
                metadata={} if folder == "." else {"class": folder},
            )
        )
    return sorted(pictures, key=lambda picture: picture.image_id)


def _picture_paths(root: Path) -> Iterator[Path]:
    for path in root.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
        if not hidden and path.suffix.lower() in PICTURE_SUFFIXES and path.is_file():
            yield path


class _Captions:
    """The captions found under a folder; each token file is read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._by_folder: dict[Path, dict[str, list[str]]] = {}

    def of(self, picture: Path) -> tuple[str, ...]:
        for folder in picture.parents:
            named = self._token_file(folder)
            if found := named.get(picture.relative_to(folder).as_posix()) or named.get(picture.name):
                return tuple(found)
            if folder == self._root:
                break
        beside = picture.with_suffix(".txt")
        if beside.name == TOKEN_FILE or not beside.is_file():
            return ()
        caption = first_caption(_read(beside))
        return () if caption is None else (caption,)

    def _token_file(self, folder: Path) -> dict[str, list[str]]:
        if folder not in self._by_folder:
            file = folder / TOKEN_FILE
            self._by_folder[folder] = parse_token_file(_read(file)) if file.is_file() else {}
        return self._by_folder[folder]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
