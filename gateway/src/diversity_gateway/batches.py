"""The catalogue's changes, cut into what a view takes at once."""

from diversity_contracts.wire import Change, ChangeBatch
from diversity_gateway.catalogue import Catalogue
from diversity_gateway.content_files import ContentFiles
from diversity_gateway.entries import Entry

BATCH_CHANGES = 1_000
BATCH_PICTURES = 32
BATCH_BYTES = 8 * 1024 * 1024  # a larger picture travels alone

Batch = tuple[ChangeBatch, dict[str, bytes]]


class Batches:
    """Of one catalogue. Called in a thread: it reads files."""

    def __init__(self, catalogue: Catalogue, files: ContentFiles) -> None:
        self._catalogue, self._files = catalogue, files

    def following(self, catalogue_id: str | None, applied: int) -> Batch | None:
        """What to send next to an index that stands at change `applied` of a catalogue, with the bytes of
        each content by hash; None when it has everything.

        An index of another catalogue is emptied first. So is one that is ahead of this catalogue: it was fed
        from a later state than a backup that was restored since.
        """
        version = self._catalogue.state().version
        foreign = catalogue_id != self._catalogue.catalogue_id
        reset = (foreign and catalogue_id is not None) or applied > version
        after = 0 if reset or foreign else applied
        if after == version and not reset:
            return None
        return self._cut(after, reset)

    def _cut(self, after: int, reset: bool) -> Batch:
        changes, pictures, size, upto = list[Change](), dict[str, bytes](), 0, after
        for entry in self._catalogue.changes(after, BATCH_CHANGES):
            picture = entry.picture
            if picture is not None and picture.content_hash not in pictures:
                if pictures and (len(pictures) == BATCH_PICTURES or size + picture.bytes > BATCH_BYTES):
                    break
                pictures[picture.content_hash] = self._files.read(picture.content_hash)
                size += picture.bytes
            changes.append(_change(entry))
            upto = entry.seq
        batch = ChangeBatch(
            catalogue_id=self._catalogue.catalogue_id, after=after, upto=upto, reset=reset, changes=changes
        )
        return batch, pictures


def _change(entry: Entry) -> Change:
    return Change(
        seq=entry.seq,
        image_id=entry.image_id,
        content_hash=None if entry.picture is None else entry.picture.content_hash,
        captions=list(entry.captions),
    )
