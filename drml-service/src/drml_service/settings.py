"""The service's settings: what every view has, with this view's port and folder."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from diversity_view.settings import ViewSettings


class Settings(ViewSettings):
    """Every setting has a default that fits one machine; the variable has the field's name in capitals."""

    port: int = Field(default=8001, ge=0, le=65_535)
    state: Path = Field(default=Path("var/drml"), description="Where the index is kept; rebuilt when lost.")
    vector_store: Literal["codes", "faiss"] = Field(
        default="codes",
        description="What searches the vectors, to the same answers: eight-bit codes, or a flat FAISS scan.",
    )
