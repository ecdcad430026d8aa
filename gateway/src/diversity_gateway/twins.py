"""Which pictures of a ranking are practically the same, by their looks and as the DRML view sees them.

Looks alone do not decide. Where the view does not say, pictures that only look alike all stay, and the answer
says that it is without it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from diversity_contracts.problems import ProblemError, UnknownId
from diversity_gateway.evidence import Moved
from diversity_gateway.likeness import MAX_PERCENTILE, close_looks, equal_contents, without_twins
from diversity_gateway.views import GenerationChanged, Stand, View, ViewQuery, ViewUnavailable
from diversity_gateway.wishes import Retrieved

JUDGE = "drml"  # the view whose distances decide


@dataclass(frozen=True, slots=True)
class Distinct:
    """The places of a ranking that stay, each with its twins'.

    Attributes:
        judged: what the DRML view's verdicts stand on; None where none was needed.
        failed: why the view gave no verdict where one was needed, as a view's status.
        sure: no other verdicts could be given for this state of the catalogue.
    """

    stays: Mapping[int, Sequence[int]]
    judged: Stand | None = None
    failed: str | None = None
    sure: bool = True


@dataclass(slots=True)
class _Verdicts:
    """What the view said so far."""

    stands: set[Stand]
    failed: str | None = None
    sure: bool = True


async def distinct(found: Retrieved, view: View | None, *, pinned: bool) -> Distinct:
    """`found` without twins.

    Args:
        view: the DRML view; None where there is none, and only equal pictures are twins.

    Raises Moved with `pinned` where the verdicts stand on another state than the ranking.
    """
    entries = [found.snapshot.entries[ranked.image_id] for ranked in found.ranked]
    alike = dict[int, set[int]]()
    contents = [entry.present.content_hash for entry in entries]
    for first, later in equal_contents(contents):
        alike.setdefault(first, set()).add(later)
    suspects = dict[int, list[int]]()
    for first, later in close_looks([entry.appearance for entry in entries]):
        if contents[first] == contents[later]:
            alike.setdefault(first, set()).add(later)
        else:
            suspects.setdefault(first, []).append(later)
    if view is None or not suspects:
        return Distinct(without_twins(len(entries), alike))
    account = found.accounts.get(JUDGE)
    verdicts = _Verdicts(set(), None if account is None or account.status == "ok" else account.status)
    for first, others in suspects.items():  # one after the other: few, and most rankings have none
        if verdicts.failed is not None:
            break
        names = [found.ranked[place].image_id for place in (first, *others)]
        close = await _close(names[0], names[1:], found, view, verdicts)
        alike.setdefault(first, set()).update(
            place for place, name in zip(others, names[1:], strict=True) if name in close
        )
    return Distinct(
        without_twins(len(entries), alike),
        max(verdicts.stands, key=lambda stand: stand.applied, default=None),
        verdicts.failed,
        verdicts.sure and _is_settled(verdicts.stands, found, pinned=pinned),
    )


async def _close(
    name: str, others: Sequence[str], found: Retrieved, view: View, verdicts: _Verdicts
) -> set[str]:
    """Those of `others` that the view has among the nearest of `name`."""
    held = found.measured.get(JUDGE)
    if held is not None and name not in held:
        return set()  # the view ranked without this picture, and knows of nothing that is near it
    try:
        seen = await view.measure(ViewQuery(image_id=name), others)
    except ViewUnavailable as error:
        verdicts.failed = error.reason
        return set()
    except (UnknownId, GenerationChanged):
        verdicts.sure = False
        return set()
    except ProblemError:
        verdicts.failed = "down"
        return set()
    verdicts.stands.add(seen.stand)
    near = seen.numbers.percentiles <= MAX_PERCENTILE
    return {key for key, close in zip(seen.numbers.image_ids, near.tolist(), strict=True) if close}


def _is_settled(stands: set[Stand], found: Retrieved, *, pinned: bool) -> bool:
    """Whether all verdicts stand on the ranking's own state; raises Moved where `pinned` and they do not."""
    account = found.accounts.get(JUDGE)
    if account is None:
        moved = len(stands) > 1
    else:
        moved = not account.moved and account.stand is not None and bool(stands - {account.stand})
    if moved and pinned:
        raise Moved
    return not moved and all(stand.applied == found.snapshot.version for stand in stands)
