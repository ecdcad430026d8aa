"""The settings every view service has, the only place here that reads the environment."""

import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class ViewSettings(BaseSettings):
    """Every setting has a default that fits one machine; the variable has the field's name in capitals."""

    model_config = SettingsConfigDict(env_prefix="", extra="ignore", frozen=True)

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(ge=0, le=65_535)
    artifacts: Path = Field(
        default=Path("artifacts"), description="The shared volume of published artifacts."
    )
    state: Path = Field(description="Where the index is kept; rebuilt when lost.")
    artifact_poll_s: float = Field(
        default=2.0, gt=0, description="How often the volume is looked at for another artifact, in seconds."
    )
    redis_url: str = Field(
        default="",
        description="Where word of a new artifact comes from, so that the volume is looked at at once.",
    )
    threads: int = Field(
        default_factory=lambda: os.cpu_count() or 1, ge=1, description="Threads of one encoder call."
    )
    encoder_concurrency: int = Field(
        default=2, ge=1, description="Queries worked on at the same time, and as many slow ones beside them."
    )
    together: int = Field(
        default=16, ge=1, description="Queries worked on in one go, where so many wait; 1: each by itself."
    )
    max_queue: int = Field(default=64, ge=0, description="Requests that may wait; more are answered 429.")
    max_body_bytes: int = Field(default=32 * 1024 * 1024, ge=1_024, description="Largest body of a query.")
    # A batch holds up to 32 pictures of a few hundred KB, or a single one of the largest size.
    max_batch_bytes: int = Field(default=64 * 1024 * 1024, ge=1_024, description="Largest body of /changes.")
    max_pixels: int = Field(default=40_000_000, ge=1, description="Largest picture, by its header.")
    decoders: int = Field(
        default=2, ge=0, description="Processes that decode pictures; 0: the service's own threads do."
    )
    decode_seconds: float = Field(default=10.0, gt=0, description="A picture that takes longer is refused.")
    body_seconds: float = Field(default=15.0, gt=0, description="A body that takes longer is given up.")
    drain_seconds: float = Field(
        default=1.0, ge=0, description="From /readyz turning 503 on SIGTERM to no longer listening."
    )
