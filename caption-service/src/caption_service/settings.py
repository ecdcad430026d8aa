"""The service's settings: what every view has, with this view's port and folder."""

from pathlib import Path

from pydantic import Field

from caption_service.encoder_choice import WantedRuntime
from caption_service.precision import Wanted
from diversity_view.settings import ViewSettings


class Settings(ViewSettings):
    """Every setting has a default that fits one machine; the variable has the field's name in capitals."""

    port: int = Field(default=8002, ge=0, le=65_535)
    state: Path = Field(
        default=Path("var/caption"), description="Where the index is kept; rebuilt when lost."
    )
    encoder: WantedRuntime = Field(
        default="auto",
        description="What computes pictures' features: `openvino`, or the reference `keras`, which needs "
        "TensorFlow; `auto` takes OpenVINO, and Keras where that does not agree with the golden inputs.",
    )
    precision: Wanted = Field(
        default="auto",
        description="Of the features: the fastest admitted one of the artifact, or a certain one of those.",
    )
