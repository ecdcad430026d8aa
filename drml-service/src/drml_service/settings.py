"""The service's settings: what every view has, with this view's port and folder."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from diversity_view.settings import ViewSettings
from drml_service.milvus.address import PATTERN
from drml_service.precision import Precision


class Settings(ViewSettings):
    """Every setting has a default that fits one machine; the variable has the field's name in capitals."""

    port: int = Field(default=8001, ge=0, le=65_535)
    state: Path = Field(default=Path("var/drml"), description="Where the index is kept; rebuilt when lost.")
    vector_store: str = Field(
        default="codes",
        pattern=f"^(codes|faiss|{PATTERN})$",
        description="What searches the vectors, to the same answers: eight-bit codes, a flat FAISS scan, or "
        "Milvus at `milvus+http://host:port`, `.../name` where several deployments share one.",
    )
    milvus_token: SecretStr = Field(default=SecretStr(""), description="`user:password` or a key of Milvus.")
    encoder: Literal["auto", "openvino", "torch"] = Field(
        default="auto",
        description="What runs the network: `auto` is OpenVINO, and torch where that is not installed or "
        "answers the golden inputs otherwise.",
    )
    precision: Precision | Literal["auto"] = Field(
        default="auto",
        description="What the network computes in: `auto` is the fastest that the artifact admits and the "
        "processor has. Another one is another index.",
    )
