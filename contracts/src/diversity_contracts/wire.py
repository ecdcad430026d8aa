"""The models that cross from one process to another: queries, neighbors, changes, a view's state."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from diversity_contracts.image_ids import ImageId
from diversity_contracts.shared_fields import (
    Adjusted,
    Applied,
    ArtifactName,
    Count,
    GenerationName,
    Percentile,
    Representation,
)

MAX_HISTORY = 1_000
ViewName = Literal["drml", "caption"]
ViewState = Literal["loading", "ready", "failed"]
PreparingStage = Literal["loading", "indexing"]
CaptionSource = Literal["human", "generated"]


class Wire(BaseModel):
    """Base of what crosses a process: unknown fields are refused, so that a typing error is seen."""

    model_config = ConfigDict(extra="forbid")


_BEST_FIRST = "At most `n` pictures, best first, ties by image_id."
_ENTRIES = "An entry per asked id, in the order asked; null for one that the index does not hold."
_BY_ID = "A picture of the index, by its id of 1 to 256 bytes."


class Neighbor(Wire):
    """One catalogue picture as the DRML view sees it from a query."""

    image_id: ImageId
    distance: float = Field(ge=0, description="Euclidean distance between the embeddings.")
    percentile: Percentile
    adjusted: Adjusted = None


class Ranking(Wire):
    """The reply of `/nearest` and `/farthest`, best first, ties by image_id."""

    results: list[Neighbor] = Field(description=_BEST_FIRST)
    artifact: ArtifactName
    generation: GenerationName = None
    count: Count
    applied: Applied
    representation: Representation = None


class Distances(Wire):
    """The reply of `/distances`: an entry per asked id, null for one the index does not hold."""

    results: list[Neighbor | None] = Field(description=_ENTRIES)
    artifact: ArtifactName
    generation: GenerationName = None
    count: Count
    applied: Applied
    representation: Representation = None
    pairwise: list[list[float | None]] | None = Field(
        default=None, description="Euclidean distances between those asked for; null unless asked for."
    )


class TextNeighbor(Wire):
    """One catalogue picture as the caption view sees it from a query's sentence."""

    image_id: ImageId
    similarity: float = Field(ge=0, le=1, description="Cosine; the largest over the picture's captions.")
    percentile: Percentile
    adjusted: Adjusted = None
    caption: str = Field(description="The one of the picture's captions that gave the similarity.")
    caption_source: CaptionSource = Field(description="Whether a person or the network wrote it.")


class TextRanking(Wire):
    """The reply of the caption view's `/similar` and `/divergent`, best first, ties by image_id."""

    results: list[TextNeighbor] = Field(description=_BEST_FIRST)
    query_caption: str = Field(description="The query's sentence.")
    artifact: ArtifactName
    generation: GenerationName = None
    count: Count
    applied: Applied
    representation: Representation = None


class Similarities(Wire):
    """The reply of `/similarities`: an entry per asked id, null for one the index does not hold."""

    results: list[TextNeighbor | None] = Field(description=_ENTRIES)
    query_caption: str = Field(description="The query's sentence.")
    artifact: ArtifactName
    generation: GenerationName = None
    count: Count
    applied: Applied
    representation: Representation = None


class Caption(Wire):
    """The reply of `/caption`."""

    caption: str = Field(description="The sentence, in lower case, without its marks of start and end.")
    log_probability: float = Field(le=0, description="Natural logarithm, summed over the sentence's words.")
    artifact: ArtifactName
    generation: GenerationName = None


class Embedding(Wire):
    """The reply of `/embed`."""

    embedding: list[float] = Field(description="The embedding, 4096 numbers for the default network.")
    artifact: ArtifactName
    generation: GenerationName = None


class Seen(Wire):
    """One picture of a history: by id, or by the `representation` a reply gave of it."""

    image_id: ImageId | None = Field(default=None, description=_BY_ID)
    representation: str | None = Field(
        default=None, description="What a reply gave as `representation` of this picture."
    )
    weight: float = Field(default=1.0, gt=0, le=1, description="Its distances are divided by this.")

    @model_validator(mode="after")
    def _one_form(self) -> "Seen":
        if (self.image_id is None) == (self.representation is None):
            raise ValueError("exactly one of `image_id` and `representation`")
        return self


class ViewQuery(Wire):
    """A query in JSON: exactly one of the four."""

    image_id: ImageId | None = Field(default=None, description=_BY_ID)
    image_base64: str | None = Field(default=None, description="A picture's bytes in base64.")
    representation: str | None = Field(
        default=None, description="What a reply gave as `representation`; valid for its generation only."
    )
    artifact: str | None = Field(
        default=None,
        description="Whose `representation`: the reply's `generation`, its `artifact` where it told none; "
        "409 if not what serves.",
    )
    history: list[Seen] | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_HISTORY,
        description="Pictures as one query, at the least of distance ÷ weight; unknown ids are left out.",
    )


class DistancesQuery(ViewQuery):
    """A query and the pictures to measure from it."""

    image_ids: list[ImageId] = Field(max_length=100_000, description="The pictures to measure.")
    pairwise: bool = Field(default=False, description="Also the distances between the pictures (≤ 1,000).")


class SimilaritiesQuery(ViewQuery):
    """A query and the pictures to compare with its sentence."""

    image_ids: list[ImageId] = Field(max_length=100_000, description="The pictures to compare.")


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
    changes: list[Change] = Field(description="At most one of each picture, by rising `seq`.")


class RefusedChange(Wire):
    """A picture this view cannot represent; it is absent from the view and counted as applied."""

    image_id: ImageId
    detail: str = Field(description="Why, for a person to read.")


class ChangesApplied(Wire):
    """The reply to a batch."""

    applied: Applied
    count: Count
    refused: list[RefusedChange] = Field(default_factory=list, description="Those it has no numbers of.")


class Preparing(Wire):
    """A second generation, which serves once it stands where the serving one does."""

    artifact: str = Field(description="The artifact that is to serve next.")
    generation: GenerationName = None
    stage: PreparingStage = Field(description="While `indexing` it takes `/changes?artifact=` of its own.")
    indexed: int = Field(ge=0, description="Pictures in its index.")
    total: int = Field(ge=0, description="Pictures in the index that serves.")
    applied: int = Field(ge=0, description="The catalogue change up to which its index stands.")
    catalogue_id: str | None = Field(description="The catalogue its index was fed from.")

    @property
    def name(self) -> str:
        """The generation's."""
        return self.generation or self.artifact


class ViewModel(Wire):
    """The reply of `GET /model`: what a view serves and how far its index is."""

    model_config = ConfigDict(extra="allow")

    view: ViewName = Field(description="Which view this is.")
    state: ViewState = Field(description="`ready` serves; `failed` found no artifact that it may serve.")
    artifact: str | None = Field(description="The artifact that serves now.")
    generation: GenerationName = None
    refusal: str | None = Field(default=None, description="Why the newest artifact was refused, if it was.")
    count: Count
    applied: Applied
    catalogue_id: str | None = Field(description="The catalogue the index was fed from.")
    preparing: Preparing | None = Field(default=None, description="The generation to serve next, if any.")
    metrics: dict[str, float] = Field(default_factory=dict, description="The artifact's own figures.")

    @property
    def name(self) -> str | None:
        """The generation's; None while none serves."""
        return self.generation or self.artifact
