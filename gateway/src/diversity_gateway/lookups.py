"""The catalogue read from the event loop: at once where the rows are in memory, else in a thread."""

from collections.abc import Collection

from anyio import to_thread

from diversity_contracts.problems import UnknownId
from diversity_gateway.catalogue import Catalogue
from diversity_gateway.catalogue_rows import Blanks
from diversity_gateway.entries import Entry, Filter, Snapshot


async def lookup(
    catalogue: Catalogue, image_ids: Collection[str], wanted: Filter | None = None, blanks: Blanks = "in"
) -> Snapshot:
    """As `Catalogue.lookup`."""
    held = catalogue.recall(image_ids, wanted, blanks)
    if held is not None:
        return held
    return await to_thread.run_sync(catalogue.lookup, image_ids, wanted, blanks)


async def state(catalogue: Catalogue) -> Snapshot:
    """Version and size alone."""
    return await lookup(catalogue, ())


async def find(catalogue: Catalogue, image_id: str) -> Entry:
    """The entry of `image_id`; raises UnknownId."""
    entry = (await lookup(catalogue, (image_id,))).entries.get(image_id)
    if entry is None:
        raise UnknownId(f"There is no picture {image_id!r}.")
    return entry
