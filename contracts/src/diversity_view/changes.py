"""What a batch of catalogue changes does to a view: checked, then represented."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from diversity_contracts.pictures import content_hash
from diversity_contracts.problems import Conflict, InvalidParameter, ProblemError
from diversity_contracts.wire import Change, ChangeBatch, RefusedChange
from diversity_view.records import Batch, Entry, Indexed, Position

Content = TypeVar("Content")
# Bytes to what the view keeps of each picture, or why it keeps nothing.
Encode = Callable[[Sequence[bytes]], Sequence[Content | ProblemError]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is left to do for a batch."""

    position: Position
    changes: Sequence[Change]
    empty_first: bool


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Content]):
    """A plan with every picture represented or refused."""

    contents: dict[str, Content] = field(default_factory=dict)  # new ones, by content hash
    indexed: dict[str, Indexed[Content]] = field(default_factory=dict)  # by image_id
    entries: dict[str, Entry] = field(default_factory=dict)
    deletes: list[str] = field(default_factory=list)
    refused: list[RefusedChange] = field(default_factory=list)

    def batch(self, plan: Plan) -> Batch[Content]:
        """The transaction that makes it durable."""
        return Batch(plan.position, self.contents, self.entries, self.deletes, plan.empty_first)


def plan(batch: ChangeBatch, at: Position) -> Plan | None:
    """What to do for `batch` in a view that stands `at`; None when it was applied before.

    Raises:
        Conflict: the batch starts past the view's position, or within a catalogue the view does not hold.
        InvalidParameter: its numbers contradict each other.
    """
    _check_numbers(batch)
    if batch.reset:
        return Plan(Position(batch.catalogue_id, batch.upto), batch.changes, empty_first=True)
    if batch.catalogue_id != at.catalogue_id:
        if batch.after != 0:
            raise Conflict("The view stands in another catalogue; send this one from its beginning.")
        return Plan(Position(batch.catalogue_id, batch.upto), batch.changes, empty_first=True)
    if batch.after > at.applied:
        raise Conflict(f"The view stands at change {at.applied}; a batch after {batch.after} leaves a gap.")
    if batch.upto <= at.applied:
        return None
    left = [change for change in batch.changes if change.seq > at.applied]
    return Plan(Position(batch.catalogue_id, batch.upto), left, empty_first=False)


def represent(
    plan: Plan,
    pictures: Mapping[str, bytes],
    encode: Encode[Content],
    stored: Callable[[str], Content | None],
) -> Outcome[Content]:
    """Find or encode every content that the plan needs, the new ones in one call.

    Args:
        pictures: bytes by content hash, as sent.
        stored: what the view holds of a content already.

    Raises InvalidParameter for bytes that are missing or do not match their hash.
    """
    needed = list(dict.fromkeys(change.content_hash for change in plan.changes if change.content_hash))
    known = {key: held for key in needed if (held := stored(key)) is not None}
    new = [key for key in needed if key not in known]
    for key in new:
        if key not in pictures:
            raise InvalidParameter(f"The batch holds no picture {key}, and it is not stored.")
        if content_hash(pictures[key]) != key:
            raise InvalidParameter(f"The picture sent as {key} has another content hash.")
    encoded = zip(new, encode([pictures[key] for key in new]), strict=True)
    represented: dict[str, Content | ProblemError] = {**known, **dict(encoded)}
    outcome: Outcome[Content] = Outcome()
    for change in plan.changes:
        if change.content_hash is None:
            outcome.deletes.append(change.image_id)
            continue
        content = represented[change.content_hash]
        if isinstance(content, ProblemError):
            outcome.refused.append(RefusedChange(image_id=change.image_id, detail=content.detail))
            outcome.deletes.append(change.image_id)  # an earlier content under this id is no longer true
            continue
        if change.content_hash not in known:
            outcome.contents[change.content_hash] = content
        captions = tuple(change.captions)
        outcome.indexed[change.image_id] = Indexed(content, captions)
        outcome.entries[change.image_id] = Entry(change.content_hash, change.seq, captions)
    return outcome


def _check_numbers(batch: ChangeBatch) -> None:
    if batch.upto < batch.after or (batch.reset and batch.after != 0):
        raise InvalidParameter("`upto` may not be less than `after`, and `after` is 0 with `reset`.")
    if any(not batch.after < change.seq <= batch.upto for change in batch.changes):
        raise InvalidParameter("Every change of a batch is numbered after `after` and up to `upto`.")
    if len({change.image_id for change in batch.changes}) != len(batch.changes):
        raise InvalidParameter("A picture appears once in a batch, at its latest state.")
