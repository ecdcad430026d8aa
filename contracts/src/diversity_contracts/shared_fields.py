"""Fields that several replies have, each with its range."""

from typing import Annotated

from pydantic import Field

Percentile = Annotated[
    float, Field(ge=0, le=1, description="Share of the other pictures closer to the query; ties count half.")
]
_ADJUSTED = (
    "Deviations further off than from a reference sample, of either sign; absent without one, and from the "
    "near end."
)
Adjusted = Annotated[float | None, Field(description=_ADJUSTED, exclude_if=lambda value: value is None)]
ArtifactName = Annotated[
    str, Field(description="The artifact that made the reply, say `drml-20261123T194816Z`.")
]
_GENERATION = (
    "The generation, where it is not the artifact in float32: say `drml-20261123T194816Z+int8`. Numbers and "
    "representations of two generations do not go together."
)
GenerationName = Annotated[str | None, Field(description=_GENERATION, exclude_if=lambda value: value is None)]
Count = Annotated[int, Field(ge=0, description="Pictures in the view's index.")]
Applied = Annotated[int, Field(ge=0, description="The catalogue change up to which the index stands.")]
_REPRESENTATION = (
    "The query in the view's own space, base64 of little-endian float32 or a sentence; null unless asked for."
)
Representation = Annotated[str | None, Field(description=_REPRESENTATION)]
