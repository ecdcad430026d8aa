"""The pictures of the catalogue that one view does not take, kept in step with the changes it was sent.

A view counts a picture that it cannot represent as applied and ranks without it. Its index is the whole
catalogue all the same if exactly these are missing, and none of them may pass for a picture that no list has
shown yet. What is known here is never more than what the view refused: it starts empty and follows the view's
own words; so once the counts agree, it is complete.
"""

from collections.abc import Iterable, Iterator, Sequence

from diversity_contracts.problems import UnknownId
from diversity_contracts.wire import ChangeBatch, ChangesApplied
from diversity_gateway.views import Asked, View
from diversity_gateway.wishes import Refused

MOST = 1_000  # every query measures them in the other views; past that, answers are not called exact
AT_ONCE = 5_000
TRIES = 20  # pictures tried as the query before a check is given up
REASON = "The view does not take this picture."


class Refusals:
    """One view's. For one event loop."""

    def __init__(self) -> None:
        self._reasons: dict[str, str] = {}
        self._known = Refused()

    def __len__(self) -> int:
        return len(self._reasons)

    @property
    def known(self) -> Refused:
        """For a query; empty past MOST."""
        return self._known

    def reason(self, image_id: str) -> str | None:
        """Why the view does not take the picture; None when it does."""
        return self._reasons.get(image_id)

    def follow(self, batch: ChangeBatch, reply: ChangesApplied) -> None:
        """After the view took `batch`."""
        if batch.after == 0:
            self._reasons.clear()
        for change in batch.changes:
            self._reasons.pop(change.image_id, None)
        self._reasons.update((refused.image_id, refused.detail) for refused in reply.refused)
        self._note(reply.applied)

    def replace(self, image_ids: Iterable[str], applied: int) -> None:
        """What a check has found at change `applied`; reasons that are known already are kept."""
        self._reasons = {key: self._reasons.get(key, REASON) for key in image_ids}
        self._note(applied)

    def _note(self, applied: int) -> None:
        few = len(self._reasons) <= MOST
        self._known = Refused(applied, frozenset(self._reasons) if few else frozenset())


async def absent(view: View, image_ids: Sequence[str]) -> tuple[list[str], int] | None:
    """Those of `image_ids` that the view does not hold, and the change that it stands at.

    None when the view moved meanwhile, or none of the first TRIES pictures could serve as a query.
    Raises ViewUnavailable.
    """
    for image_id in image_ids[:TRIES]:
        try:
            await view.measure(Asked(image_id, None), [image_id])
        except UnknownId:
            continue
        missing, applied = list[str](), set[int]()
        for some in _pieces(image_ids):
            reply = await view.measure(Asked(image_id, None), some)
            # A view says nothing of the query's own entry, which it holds, or it would not know the query.
            missing += [key for key in some if key not in reply.numbers and key != image_id]
            applied.add(reply.stand.applied)
        return (missing, applied.pop()) if len(applied) == 1 else None
    return None


def _pieces(image_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (image_ids[start : start + AT_ONCE] for start in range(0, len(image_ids), AT_ONCE))
