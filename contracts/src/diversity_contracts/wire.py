"""The models that cross from one process to another: queries, neighbors, changes, a view's state."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from diversity_contracts.problems import InvalidParameter

MAX_ID_BYTES = 256
MAX_HISTORY = 1_000
ViewName = Literal["drml", "caption"]
ViewState = Literal["loading", "ready", "failed"]
PreparingStage = Literal["loading", "indexing"]
CaptionSource = Literal["human", "generated"]


def check_image_id(image_id: str) -> str:
    """`image_id` itself if it is one: 1 to 256 bytes of UTF-8 without control characters.

    Raises InvalidParameter otherwise.
    """
    try:
        size = len(image_id.encode())
    except UnicodeEncodeError as error:
        raise InvalidParameter("An image id must be valid Unicode text.") from error
    if not 1 <= size <= MAX_ID_BYTES:
        raise InvalidParameter(f"An image id has 1 to {MAX_ID_BYTES} bytes; this one has {size}.")
    if any(ord(character) < 0x20 or 0x7F <= ord(character) <= 0x9F for character in image_id):
        raise InvalidParameter("An image id may not hold control characters.")
    return image_id


def _image_id(value: object) -> object:
    if isinstance(value, str):
        try:
            return check_image_id(value)
        except InvalidParameter as error:
            raise ValueError(error.detail) from error
    return value


ImageId = Annotated[
    str,
    BeforeValidator(_image_id),
    Field(min_length=1, max_length=MAX_ID_BYTES, description="A picture's id: 1 to 256 bytes of text."),
]
Percentile = Annotated[
    float, Field(ge=0, le=1, description="Share of the other pictures closer to the query; ties count half.")
]
_ADJUSTED = "Deviations further off than from a reference sample; absent without one, and from the near end."
Adjusted = Annotated[float | None, Field(description=_ADJUSTED, exclude_if=lambda value: value is None)]


class Wire(BaseModel):
    """Base of what crosses a process: unknown fields are refused, so that a typing error is seen."""

    model_config = ConfigDict(extra="forbid")


class Neighbor(Wire):
    """One catalogue picture as the DRML view sees it from a query."""

    image_id: ImageId
    distance: float = Field(ge=0, description="Euclidean distance between the embeddings.")
    percentile: Percentile
    adjusted: Adjusted = None


class Ranking(Wire):
    """The reply of `/nearest` and `/farthest`, best first, ties by image_id."""

    results: list[Neighbor]
    artifact: str = Field(description="The artifact that embedded both the query and the catalogue.")
    count: int = Field(ge=0, description="Pictures in the view's index.")
    applied: int = Field(ge=0, description="The catalogue change up to which the index stands.")
    representation: str | None = Field(
        default=None,
        description="The query in the view's own space, base64 of little-endian float32; on request only.",
    )


class Distances(Wire):
    """The reply of `/distances`: an entry per asked id, null for one the index does not hold."""

    results: list[Neighbor | None]
    artifact: str
    count: int = Field(ge=0)
    applied: int = Field(ge=0)
    representation: str | None = None
    pairwise: list[list[float | None]] | None = Field(default=None, description="Between those asked for.")


class TextNeighbor(Wire):
    """One catalogue picture as the caption view sees it from a query's sentence."""

    image_id: ImageId
    similarity: float = Field(ge=0, le=1, description="Cosine; the largest over the picture's captions.")
    percentile: Percentile
    adjusted: Adjusted = None
    caption: str = Field(description="The one of the picture's captions that gave the similarity.")
    caption_source: CaptionSource


class TextRanking(Wire):
    """The reply of the caption view's `/similar` and `/divergent`, best first, ties by image_id."""

    results: list[TextNeighbor]
    query_caption: str = Field(description="The query's sentence.")
    artifact: str = Field(description="The artifact that wrote the query's sentence and compared it.")
    count: int = Field(ge=0, description="Pictures in the view's index.")
    applied: int = Field(ge=0, description="The catalogue change up to which the index stands.")
    representation: str | None = Field(default=None, description="The query's sentence; on request only.")


class Similarities(Wire):
    """The reply of `/similarities`: an entry per asked id, null for one the index does not hold."""

    results: list[TextNeighbor | None]
    query_caption: str
    artifact: str
    count: int = Field(ge=0)
    applied: int = Field(ge=0)
    representation: str | None = None


class Caption(Wire):
    """The reply of `/caption`."""

    caption: str
    log_probability: float = Field(le=0, description="Natural logarithm, summed over the sentence's words.")
    artifact: str


class Embedding(Wire):
    """The reply of `/embed`."""

    embedding: list[float] = Field(description="The embedding, 4096 numbers for the default network.")
    artifact: str


class Seen(Wire):
    """One picture of a history: by id, or by the `representation` a reply gave of it."""

    image_id: ImageId | None = None
    representation: str | None = None
    weight: float = Field(default=1.0, gt=0, le=1, description="Its distances are divided by this.")

    @model_validator(mode="after")
    def _one_form(self) -> "Seen":
        if (self.image_id is None) == (self.representation is None):
            raise ValueError("exactly one of `image_id` and `representation`")
        return self


class ViewQuery(Wire):
    """A query in JSON: exactly one of the four."""

    image_id: ImageId | None = None
    image_base64: str | None = Field(default=None, description="A picture's bytes in base64.")
    representation: str | None = Field(
        default=None, description="What a reply gave as `representation`; valid for the same artifact only."
    )
    artifact: str | None = Field(default=None, description="Whose `representation`; 409 if not what serves.")
    history: list[Seen] | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_HISTORY,
        description="Pictures as one query, at the least of distance ÷ weight; unknown ids are left out.",
    )


class DistancesQuery(ViewQuery):
    """A query and the pictures to measure from it."""

    image_ids: list[ImageId] = Field(max_length=100_000)
    pairwise: bool = Field(default=False, description="Also the distances between the pictures (≤ 1,000).")


class SimilaritiesQuery(ViewQuery):
    """A query and the pictures to compare with its sentence."""

    image_ids: list[ImageId] = Field(max_length=100_000)


class Change(Wire):
    """The present state of one picture of the catalogue, at the change that last touched it."""

    seq: int = Field(ge=1, description="The number of the picture's latest change.")
    image_id: ImageId
    content_hash: str | None = Field(description="SHA-256 of the bytes; null when the picture was deleted.")
    captions: list[str] = Field(default_factory=list, description="Human captions.")


class ChangeBatch(Wire):
    """Consecutive changes, sent as the form part `changes`; each new content as a part `picture` whose
    file name is its content hash.

    A batch takes a view from `after` to `upto`. It is applied whole or not at all, and applying it again
    changes nothing. A picture changed twice in between appears once, at its latest state.
    """

    catalogue_id: str = Field(description="Which catalogue is meant; another one empties the index first.")
    after: int = Field(ge=0, description="The change the view stands at.")
    upto: int = Field(ge=0, description="The change the view stands at afterwards.")
    reset: bool = Field(default=False, description="Empty the index first; `after` is 0 then.")
    changes: list[Change]


class RefusedChange(Wire):
    """A picture this view cannot represent; it is absent from the view and counted as applied."""

    image_id: ImageId
    detail: str


class ChangesApplied(Wire):
    """The reply to a batch."""

    applied: int = Field(ge=0)
    count: int = Field(ge=0)
    refused: list[RefusedChange] = Field(default_factory=list)


class Preparing(Wire):
    """A second generation, which serves once it stands where the serving one does."""

    artifact: str
    stage: PreparingStage = Field(description="While `indexing` it takes `/changes?artifact=` of its own.")
    indexed: int = Field(ge=0, description="Pictures in its index.")
    total: int = Field(ge=0, description="Pictures in the index that serves.")
    applied: int = Field(ge=0, description="The catalogue change up to which its index stands.")
    catalogue_id: str | None = Field(description="The catalogue its index was fed from.")


class ViewModel(Wire):
    """The reply of `GET /model`: what a view serves and how far its index is."""

    model_config = ConfigDict(extra="allow")

    view: ViewName
    state: ViewState
    artifact: str | None = Field(description="The artifact that serves now.")
    refusal: str | None = Field(default=None, description="Why the newest artifact was refused, if it was.")
    count: int = Field(ge=0, description="Pictures in the index.")
    applied: int = Field(ge=0, description="The catalogue change up to which the index stands.")
    catalogue_id: str | None = Field(description="The catalogue the index was fed from.")
    preparing: Preparing | None = Field(default=None, description="The generation to serve next, if any.")
    metrics: dict[str, float] = Field(default_factory=dict, description="The artifact's own figures.")
