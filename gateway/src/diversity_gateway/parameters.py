"""The query parameters of the public calls; a name that is not here is refused, not ignored."""

import re
from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from diversity_contracts.image_ids import ImageId
from diversity_contracts.problems import InvalidParameter
from diversity_gateway.cursor import MAX_LENGTH
from diversity_gateway.ranking import Band

MAX_EXCLUDED = 10_000
MAX_POOL = 1_000
PER_PICK = 10  # pictures of the ranking that one pick is chosen from, at least
_NUMBER = r"(?:\d{1,6}(?:\.\d{1,12})?|\.\d{1,12})"
_BAND = re.compile(rf"({_NUMBER})-({_NUMBER})")
_WEIGHT = re.compile(rf"([a-z]+):({_NUMBER})")


class Parameters(BaseModel):
    """Base of a call's query parameters."""

    model_config = ConfigDict(extra="forbid")


class NoParameters(Parameters):
    """A call that takes none."""


class SearchParameters(Parameters):
    """The query parameters of `/divergent` and `/similar`."""

    n: int = Field(default=5, ge=1, le=100, description="How many pictures to return, 1 to 100.")
    views: str | None = Field(
        default=None,
        max_length=100,
        description="The views that rank, separated by commas; by default all of them.",
        examples=["drml,caption"],
    )
    weights: str | None = Field(
        default=None,
        max_length=200,
        description="The weight of each view in the blend, on any positive scale; equal by default. A view "
        "that is not named, or has weight 0, is reported but does not rank.",
        examples=["drml:0.7,caption:0.3"],
    )
    band: str | None = Field(
        default=None,
        max_length=40,
        description="Bounds on `divergence`, `low-high`, both included, 0 to 1.",
        examples=["0.80-0.95"],
    )
    raw: bool = Field(
        default=False,
        description="true: `/divergent` is the plain farthest, without the correction for pictures that are "
        "far from everything.",
    )
    diversity: float = Field(
        default=0.0,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="0: the plain ranking. 1: the picks are as far as possible from each other too. Between, "
        "the two are weighed. Picks come from a pool of the ranking, see `candidates_limit`.",
    )
    candidates_limit: int | None = Field(
        default=None,
        ge=10,
        le=MAX_POOL,
        description="Pictures in the pool that `diversity` picks from, at least 10·`n`. By default a "
        "twentieth of the catalogue, within 10·`n` and 1,000.",
    )
    near_duplicates: Literal["collapse", "keep"] = Field(
        default="collapse",
        description="`collapse`: of pictures that are practically the same only the first is returned, the "
        "others named in its `duplicates`. `keep`: all are returned.",
    )
    include_blank: bool = Field(
        default=False,
        description="true: pictures of one colour take their place in `/divergent`; else they come last.",
    )
    strict: bool = Field(
        default=False, description="true: a view that does not answer is a 503, not a partial answer."
    )
    exclude: list[ImageId] = Field(
        default=[], max_length=MAX_EXCLUDED, description="Ids never to return; repeat the parameter."
    )
    cursor: str | None = Field(
        default=None,
        max_length=MAX_LENGTH,
        description="`next_cursor` of the page before; send the same body and parameters with it.",
    )


class WriteParameters(Parameters):
    """The query parameters of a write."""

    wait: bool = Field(default=True, description="Return when the change is searchable, after at most 5 s.")


class PageParameters(Parameters):
    """The query parameters of the catalogue's listing."""

    limit: int = Field(default=100, ge=1, le=1_000, description="Entries a page, 1 to 1,000.")
    cursor: str | None = Field(
        default=None, max_length=MAX_LENGTH, description="`next_cursor` of the page before."
    )


class ContentParameters(Parameters):
    """The query parameters of a picture's content."""

    size: Annotated[str | None, Field(pattern="^thumb$")] = Field(
        default=None,
        description="`thumb`: a JPEG of at most 256×256 pixels, upright. Else the bytes as they came.",
    )


Search = Annotated[SearchParameters, Query()]
Write = Annotated[WriteParameters, Query()]
Page = Annotated[PageParameters, Query()]
Content = Annotated[ContentParameters, Query()]
Nothing = Annotated[NoParameters, Query()]


def parse_views(text: str | None, known: list[str]) -> list[str]:
    """The asked views, in the order of `known`; raises InvalidParameter for another name."""
    if text is None:
        return known
    asked = [name.strip() for name in text.split(",")]
    for name in asked:
        if name not in known:
            raise InvalidParameter(f"`views`: there is no view {name!r} here; there is {', '.join(known)}.")
    return [name for name in known if name in asked]


def parse_weights(text: str | None, views: list[str]) -> dict[str, float]:
    """A weight for each of `views`; raises InvalidParameter for another name or when none is positive."""
    if text is None:
        return dict.fromkeys(views, 1.0)
    weights: dict[str, float] = {}
    for piece in text.split(","):
        found = _WEIGHT.fullmatch(piece.strip())
        if found is None:
            raise InvalidParameter("`weights` must read like `drml:0.7`, views separated by commas.")
        if found[1] not in views or found[1] in weights:
            raise InvalidParameter(
                f"`weights`: {found[1]!r} is named twice or not among the views asked for."
            )
        weights[found[1]] = float(found[2])
    if not any(weights.values()):
        raise InvalidParameter("`weights`: at least one view must have a positive weight.")
    return {name: weights.get(name, 0.0) for name in views}


def pool_size(candidates_limit: int | None, listed: int, size: int) -> int:
    """The pool that picks are spread among, for pages of `listed` over a catalogue of `size`.

    By default the first twentieth of the ranking, so that the picks' mean percentile stays above 0.95, but no
    more than can be compared at once, and no less than ten for each pick. Raises InvalidParameter.
    """
    least = PER_PICK * listed
    if candidates_limit is None:
        return max(least, min(MAX_POOL, size // 20))
    if candidates_limit < least:
        raise InvalidParameter(f"`candidates_limit` must be at least {PER_PICK}·`n`: {least}.")
    return candidates_limit


def parse_band(text: str | None) -> Band | None:
    """`low-high` as a Band; raises InvalidParameter."""
    if text is None:
        return None
    found = _BAND.fullmatch(text)
    if found is None or not 0 <= float(found[1]) <= float(found[2]) <= 1:
        raise InvalidParameter("`band` must be `low-high` with 0 ≤ low ≤ high ≤ 1, say `0.80-0.95`.")
    return Band(float(found[1]), float(found[2]))
