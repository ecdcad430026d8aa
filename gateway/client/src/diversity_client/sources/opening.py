"""Which kind of source a path is."""

import zipfile
from pathlib import Path

from diversity_client.errors import Misused
from diversity_client.sources.archive import Tar, Zip, is_tar
from diversity_client.sources.entry import Source
from diversity_client.sources.folder import Folder
from diversity_client.sources.table_files import CSV_SUFFIXES, PARQUET_SUFFIXES, open_table
from diversity_client.sources.tree import CAPTIONS_FILE


def open_source(
    path: Path,
    *,
    captions_file: str = CAPTIONS_FILE,
    root: Path | None = None,
    path_column: str | None = None,
    id_column: str | None = None,
    caption_columns: tuple[str, ...] = (),
) -> Source:
    """The pictures at `path`: a folder, a zip or tar archive, a CSV or Parquet file.

    Args:
        captions_file: the name of files with captions in Flickr8k's format, in folders and archives.
        root, path_column, id_column, caption_columns: of a table, see `open_table`.

    Raises Misused.
    """
    if path.is_dir():
        return Folder(path, captions_file)
    if not path.is_file():
        raise Misused(f"There is no {path}.")
    try:
        if path.suffix.lower() in CSV_SUFFIXES | PARQUET_SUFFIXES:
            return open_table(
                path,
                root=root,
                path_column=path_column,
                id_column=id_column,
                caption_columns=caption_columns,
            )
        if zipfile.is_zipfile(path):
            return Zip(path, captions_file)
        if is_tar(path):
            return Tar(path, captions_file)
    except OSError as error:
        raise Misused(f"{path} cannot be read: {error.strerror or error}") from error
    raise Misused(f"{path} is no folder, zip or tar archive, CSV or Parquet file.")
