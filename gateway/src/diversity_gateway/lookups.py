"""The catalogue read from the event loop: at once where the rows are in memory, else in a thread."""

from collections.abc import Callable, Collection
from typing import TypeVar

from anyio import to_thread

from diversity_contracts.problems import UnknownId
from diversity_gateway.catalogue import Catalogue
from diversity_gateway.catalogue_rows import Sought
from diversity_gateway.entries import Entry, Presence, Snapshot

Found = TypeVar("Found")


async def lookup(catalogue: Catalogue, image_ids: Collection[str]) -> Snapshot:
    """As `Catalogue.lookup`."""
    held = catalogue.recall(image_ids)
    return await to_thread.run_sync(catalogue.lookup, image_ids) if held is None else held


async def joined(
    catalogue: Catalogue,
    sought: Sought,
    read: Callable[[Presence], Found],
    shown: Callable[[Found], Collection[str]],
) -> tuple[Found, Snapshot]:
    """What `read` makes of the presence of pictures, with the entries that `shown` names of it.

    Both are of one state. Mostly nothing changes between the two; where it does, both are read again at once.
    """
    recalled = catalogue.recall_joined(sought, read, shown)
    if recalled is None:
        return await to_thread.run_sync(catalogue.joined, sought, read, shown)
    found, held = recalled
    image_ids = shown(found)
    if len(held.entries) == len(image_ids):
        return found, held
    snapshot = await to_thread.run_sync(catalogue.lookup, image_ids)
    if snapshot.version == held.version and len(snapshot.entries) == len(image_ids):
        return found, snapshot
    # It changed; or what was said to be there is not, as of a view that answers nonsense.
    return await to_thread.run_sync(catalogue.joined, sought, read, shown)


async def state(catalogue: Catalogue) -> Snapshot:
    """Version and size alone."""
    return await lookup(catalogue, ())


async def find(catalogue: Catalogue, image_id: str) -> Entry:
    """The entry of `image_id`; raises UnknownId."""
    entry = (await lookup(catalogue, (image_id,))).entries.get(image_id)
    if entry is None:
        raise UnknownId(f"There is no picture {image_id!r}.")
    return entry
