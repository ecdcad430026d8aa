"""The public replies."""

from typing import Literal

from pydantic import BaseModel, Field

from diversity_contracts.problems import Problem
from diversity_contracts.shared_fields import Percentile
from diversity_contracts.wire import CaptionSource
from diversity_gateway.ranking import Mode

IdDescription = "The picture's id: 1 to 256 bytes of text."
UserDescription = "Whose history it is."
MetadataDescription = "What was stored with the picture: a flat object of texts, numbers and booleans."


class DrmlNumbers(BaseModel):
    """One result as the DRML view sees it."""

    distance: float = Field(
        ge=0, description="Euclidean distance between the embeddings of query and result."
    )
    percentile: Percentile


class CaptionNumbers(BaseModel):
    """One result as the caption view sees it."""

    similarity: float = Field(
        ge=0, le=1, description="Cosine of the query's sentence and the picture's captions, the largest."
    )
    percentile: Percentile


class ResultViews(BaseModel):
    """One result as each view asked for sees it; null for a view that is missing or does not have it."""

    drml: DrmlNumbers | None = Field(default=None, description="By its looks.")
    caption: CaptionNumbers | None = Field(default=None, description="By its captions.")


class Words(BaseModel):
    """What sets the query's sentence and the captions apart: content words, in order of appearance."""

    only_in_query: list[str] = Field(description="Words of the query's sentence alone.")
    only_in_result: list[str] = Field(description="Words of the result's caption alone.")
    shared: list[str] = Field(description="Words of both.")


class Result(BaseModel):
    """One picture of the answer."""

    rank: int = Field(ge=1, description="1 is the first; counted through all pages.")
    image_id: str = Field(description=IdDescription)
    divergence: float = Field(ge=0, le=1, description="The weighted mean of the views' percentiles.")
    similarity: float = Field(ge=0, le=1, description="1 − divergence.")
    adjusted: float | None = Field(
        default=None,
        description="What orders `/divergent` inside the far band: by how much the picture is farther than "
        "it usually is, in standard deviations of either sign, the weighted mean of the views'. Absent with "
        "`raw`, in `/similar`, behind the band, and where no view has a reference sample.",
    )
    caption: str | None = Field(
        description="The picture's first human caption, else the sentence that the caption view wrote; null "
        "when there is neither."
    )
    caption_source: CaptionSource | None = Field(description="Where the caption comes from.")
    metadata: dict[str, str | int | float | bool] = Field(description=MetadataDescription)
    image_url: str = Field(description="The picture's bytes, relative to this service.")
    views: ResultViews = Field(description="What each view asked for says of it.")
    agreement: bool | None = Field(
        default=None,
        description="Both percentiles on the same side of 0.5, which is on both; null unless both views have "
        "the picture.",
    )
    duplicates: list[str] = Field(
        default=[],
        description="Pictures that are practically the same, left out for this one: those among the 64 that "
        "follow it in the ranking. Absent where there are none.",
    )
    explanation: Words | None = Field(
        default=None,
        description="The words that set the captions apart; null when no caption view answers, or the "
        "picture has no caption.",
    )


class ViewAccount(BaseModel):
    """What a view did for this answer."""

    status: Literal["ok", "down", "late", "busy", "loading"] = Field(
        description="`ok`, or why it is missing, from the ranking or from comparing what it lists."
    )
    artifact: str | None = Field(description="The artifact that ranked; null when the view gave no answer.")
    took_ms: float = Field(ge=0, description="Milliseconds spent waiting for the view.")


class Query(BaseModel):
    """The query as it was understood."""

    caption: str | None = Field(default=None, description="Its sentence; null when no caption view answers.")
    image_ids: list[str] = Field(
        description="The catalogue pictures it consists of; empty for a sent picture."
    )
    missing: list[str] = Field(
        default=[],
        description="Pictures of a history that the catalogue does not have, left out; absent without one.",
    )


class Answer(BaseModel):
    """The reply of `/divergent` and `/similar`."""

    mode: Mode = Field(description="Which call this answers.")
    n: int = Field(ge=1, le=100, description="As asked; fewer results mean there are no more.")
    query: Query = Field(description="The query as it was understood.")
    results: list[Result] = Field(description="At most `n` pictures, the first of the ranking first.")
    views: dict[str, ViewAccount] = Field(description="What each view asked for did, by its name.")
    degraded: list[str] = Field(
        description="Views that this answer needed and that did not give all of it: those asked for, and the "
        "DRML view where it should have told near-duplicates apart."
    )
    exact: bool = Field(description="Proven equal to ranking the whole catalogue in every view asked for.")
    catalogue_size: int = Field(ge=0, description="Pictures in the catalogue.")
    next_cursor: str | None = Field(description="The next page; null when this is the last.")
    took_ms: float = Field(ge=0, description="Milliseconds in the gateway, the views' included.")


class SearchOutcome(BaseModel):
    """What became of one query of a batch."""

    status: int = Field(
        ge=200, le=599, description="As the same query alone would have got: 200, 404, 422, ..."
    )
    answer: Answer | None = Field(default=None, description="With status 200.")
    problem: Problem | None = Field(default=None, description="Why there is none.")


class SearchOutcomes(BaseModel):
    """The reply of `/divergent:batch` and `/similar:batch`, one entry per query in the order sent."""

    results: list[SearchOutcome] = Field(description="One per query, in the order sent.")
    took_ms: float = Field(ge=0, description="Milliseconds for all of them.")


class Image(BaseModel):
    """One picture of the catalogue."""

    image_id: str = Field(description=IdDescription)
    content_hash: str = Field(description="SHA-256 of the bytes, hexadecimal.")
    media_type: str = Field(description="What the bytes are, judged by content.")
    width: int = Field(ge=1, description="In pixels, upright.")
    height: int = Field(ge=1, description="In pixels, upright.")
    bytes: int = Field(ge=1, description="Length of the content in bytes.")
    captions: list[str] = Field(description="Human captions.")
    metadata: dict[str, str | int | float | bool] = Field(description=MetadataDescription)
    created: str = Field(description="When the id was first written, ISO 8601, UTC.")
    updated: str = Field(description="When it was last changed, ISO 8601, UTC.")
    image_url: str = Field(description="The picture's bytes, relative to this service.")
    blank: bool = Field(description="Of one colour, or hardly more: last in `/divergent`.")


class StoredImage(Image):
    """The reply of a write."""

    searchable: bool = Field(description="Whether every view has it already, but for those that refuse it.")
    refused: dict[str, str] = Field(
        default={}, description="Views that do not take this picture, each with its reason."
    )


class ImagePage(BaseModel):
    """A page of the catalogue, by image_id."""

    images: list[Image] = Field(description="At most `limit` entries, by image_id.")
    next_cursor: str | None = Field(description="The next page; null when this is the last.")
    catalogue_size: int = Field(ge=0, description="Pictures in the catalogue.")
    version: int = Field(ge=0, description="The number of the catalogue's latest change.")


class PartOutcome(BaseModel):
    """What became of one part of `POST /images`."""

    image_id: str | None = Field(
        description="The id taken from the part's file name; null when it gives none."
    )
    status: int = Field(
        ge=200, le=599, description="As the same picture alone would have got: 201, 200, 202, 400, 409, ..."
    )
    problem: Problem | None = Field(default=None, description="Why it was refused.")


class BatchOutcome(BaseModel):
    """The reply of `POST /images`, one entry per part in the order sent."""

    results: list[PartOutcome] = Field(description="One per part, in the order sent.")


class ViewStats(BaseModel):
    """How far a view has followed the catalogue."""

    artifact: str | None = Field(description="The artifact that serves; null while none is known.")
    indexed: int = Field(ge=0, description="Pictures in the view's index.")
    pending: int = Field(ge=0, description="Pictures whose latest change the view does not have yet.")
    refused: int = Field(ge=0, description="Pictures that the view does not take; it ranks without them.")
    reachable: bool = Field(description="Whether the last exchange with the view succeeded.")


class Stats(BaseModel):
    """The reply of `/stats`."""

    catalogue_size: int = Field(ge=0, description="Pictures in the catalogue.")
    version: int = Field(ge=0, description="The number of the catalogue's latest change.")
    views: dict[str, ViewStats] = Field(description="Each view's standing, by its name.")


class Health(BaseModel):
    """The reply of `/healthz` and `/readyz`."""

    status: Literal["ok"] = Field(description="Always this word; a failure is a problem document.")


class SeenEntry(BaseModel):
    """One picture that a user saw."""

    image_id: str = Field(description=IdDescription)
    weight: float = Field(
        gt=0, le=1, description="Distances from it are divided by this: the lighter, the less it keeps away."
    )
    seen: str = Field(description="When it was added, ISO 8601, UTC.")


class KeptHistory(BaseModel):
    """What is kept of a user, the newest last."""

    user_id: str = Field(description=UserDescription)
    count: int = Field(ge=0, description="Pictures kept of the user, 1,000 at most.")
    history: list[SeenEntry] = Field(description="What was seen, the newest last.")


class StoredHistory(BaseModel):
    """The reply of adding to a history."""

    user_id: str = Field(description=UserDescription)
    added: int = Field(ge=0, description="Pictures that this call added, or made the newest again.")
    count: int = Field(ge=0, description="Pictures kept of the user now, 1,000 at most.")
    missing: list[str] = Field(description="Pictures that the catalogue does not have, left out.")
