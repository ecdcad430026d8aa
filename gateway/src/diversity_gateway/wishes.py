"""What a search wishes for, with what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from diversity_gateway.catalogue_rows import Blanks
from diversity_gateway.entries import Filter, Snapshot
from diversity_gateway.measured import Numbers
from diversity_gateway.ranking import Band, Mode, Ranked
from diversity_gateway.views import Asked, Stand, ViewQuery


@dataclass(frozen=True, slots=True)
class Wish:
    """What a caller asks for. `wanted` counts from the first result, so a page's offset is in it.

    `listed`: pictures on a page, which size the far band; None where nothing is corrected (`raw`, `similar`).
    `blanks`: pictures that show nothing are found, are not, or are all that is.
    """

    mode: Mode
    wanted: int
    weights: Mapping[str, float]
    band: Band | None = None
    exclude: frozenset[str] = frozenset()
    filter: Filter | None = None
    listed: int | None = None
    blanks: Blanks = "in"


@dataclass(frozen=True, slots=True)
class Refused:
    """The catalogue pictures that a view does not take, as known at change `applied`."""

    applied: int = 0
    ids: frozenset[str] = frozenset()


@dataclass(slots=True)
class Account:
    """What one view did for a query: `status` is `ok` or the reason it is missing."""

    status: str = "ok"
    stand: Stand | None = None
    sentence: str | None = None  # the query's, from a view that writes one
    moved: bool = False  # replies of this query stand on different states
    took_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The ranking's first pictures with the catalogue's entries, and what it was computed on.

    `proven`: the list cannot change by looking further. `exact`: also, every view asked for answered, and
    its index was the catalogue as it was read. `asked`: the query as each view knows it by now.
    """

    ranked: list[Ranked]
    measured: Mapping[str, Numbers]  # by view
    snapshot: Snapshot
    accounts: Mapping[str, Account]
    proven: bool
    exact: bool
    asked: Mapping[str, ViewQuery | Asked] = field(default_factory=dict)
