"""The gateway's replies, typed.

A field that a newer gateway adds is kept, not refused. What each one means stands in the gateway's
/openapi.json; a test compares the two.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Mode = Literal["divergent", "similar"]
Metadata = dict[str, str | int | float | bool]


class Reply(BaseModel):
    """Base of what comes back."""

    model_config = ConfigDict(extra="allow", frozen=True)


class FieldProblem(Reply):
    """One parameter or field that was refused."""

    location: str
    detail: str


class ProblemDocument(Reply):
    """An RFC 9457 problem document."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str | None = None
    errors: list[FieldProblem] | None = None


class DrmlNumbers(Reply):
    """One result as the DRML view sees it: Euclidean distance of the embeddings, percentile 0..1."""

    distance: float
    percentile: float


class CaptionNumbers(Reply):
    """One result as the caption view sees it: cosine similarity 0..1, percentile 0..1."""

    similarity: float
    percentile: float


class ResultViews(Reply):
    """One result as each view sees it; None for a view that is missing or does not have it."""

    drml: DrmlNumbers | None = None
    caption: CaptionNumbers | None = None


class Words(Reply):
    """Content words that set the query's sentence and the captions apart."""

    only_in_query: list[str]
    only_in_result: list[str]
    shared: list[str]


class Result(Reply):
    """One picture of an answer; divergence and similarity 0..1, `adjusted` in standard deviations."""

    rank: int
    image_id: str
    divergence: float
    similarity: float
    adjusted: float | None = None
    caption: str | None
    caption_source: Literal["human", "generated"] | None
    metadata: Metadata
    image_url: str
    views: ResultViews
    agreement: bool | None = None
    duplicates: list[str] = []
    explanation: Words | None = None


class ViewAccount(Reply):
    """What a view did for an answer."""

    status: str
    artifact: str | None
    took_ms: float


class Query(Reply):
    """The query as it was understood."""

    caption: str | None = None
    image_ids: list[str]
    missing: list[str] = []


class Answer(Reply):
    """The reply to a search. `exact`: proven equal to ranking the whole catalogue in every view asked for."""

    mode: Mode
    n: int
    query: Query
    results: list[Result]
    views: dict[str, ViewAccount]
    degraded: list[str]
    exact: bool
    catalogue_size: int
    next_cursor: str | None
    took_ms: float


class SearchOutcome(Reply):
    """What became of one query of many: an answer with status 200, else a problem."""

    status: int
    answer: Answer | None = None
    problem: ProblemDocument | None = None


class SearchOutcomes(Reply):
    """One outcome per query, in the order sent."""

    results: list[SearchOutcome]
    took_ms: float


class Image(Reply):
    """One picture of the catalogue; `content_hash` is the SHA-256 of its bytes, in hexadecimal."""

    image_id: str
    content_hash: str
    media_type: str
    width: int
    height: int
    bytes: int
    captions: list[str]
    metadata: Metadata
    created: str
    updated: str
    image_url: str
    blank: bool


class StoredImage(Image):
    """The reply of a write."""

    searchable: bool
    refused: dict[str, str] = {}


class ImagePage(Reply):
    """A page of the catalogue, by image_id."""

    images: list[Image]
    next_cursor: str | None
    catalogue_size: int
    version: int


class PartOutcome(Reply):
    """What became of one picture of many."""

    image_id: str | None
    status: int
    problem: ProblemDocument | None = None


class BatchOutcome(Reply):
    """One outcome per picture, in the order sent."""

    results: list[PartOutcome]


class ViewStats(Reply):
    """How far a view has followed the catalogue, in pictures."""

    artifact: str | None
    indexed: int
    pending: int
    refused: int
    reachable: bool


class Stats(Reply):
    """Sizes and lags."""

    catalogue_size: int
    version: int
    views: dict[str, ViewStats]


class Places(Reply):
    """The catalogue's map. `points`: base64 of little-endian int16, x then y of each, in steps of 1/16384."""

    image_ids: list[str]
    points: str
    artifact: str
    generation: str | None = None
    count: int
    applied: int


class Place(Reply):
    """Where a picture lies on the catalogue's map."""

    x: float
    y: float
    artifact: str
    generation: str | None = None


class Health(Reply):
    """Alive, or ready."""

    status: str


class SeenEntry(Reply):
    """One picture that a user saw; weight in (0, 1]."""

    image_id: str
    weight: float
    seen: str


class KeptHistory(Reply):
    """What is kept of a user, the newest last."""

    user_id: str
    count: int
    history: list[SeenEntry]


class StoredHistory(Reply):
    """The reply of adding to a history; `missing`: pictures that the catalogue does not have."""

    user_id: str
    added: int
    count: int
    missing: list[str]
