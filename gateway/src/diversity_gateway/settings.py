"""Every environment variable the gateway reads."""

from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from diversity_gateway.keys import KeyRing, parse_keys


class Settings(BaseSettings):
    """Defaults run one machine without any setting."""

    model_config = SettingsConfigDict(extra="ignore")

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    published_on: str = Field(
        default="",
        description="Where another machine would find it, as a container's port is published; empty: `host`.",
    )
    state: Path = Field(default=Path("var/gateway"), description="The catalogue and its pictures.")
    drml_url: str = Field(default="http://127.0.0.1:8001", description="Where drml-service listens.")
    caption_url: str = Field(
        default="http://127.0.0.1:8002", description="Where caption-service listens; empty: there is none."
    )
    view_deadline_s: float = Field(default=2.0, gt=0, description="The longest a query waits for a view.")
    poll_s: float = Field(default=2.0, gt=0, description="How often a view is asked what it serves.")
    wait_s: float = Field(default=5.0, ge=0, description="The longest a write waits to be searchable.")
    max_in_flight: int = Field(
        default=64, ge=1, description="Queries worked on at once at most; how many it is, is learned."
    )
    max_waiting: int = Field(default=64, ge=0, description="Queries that may wait; more get 429.")
    max_wait_s: float = Field(
        default=8.0, gt=0, description="The longest a query waits; who is foretold a quarter of it gets 429."
    )
    max_writes: int = Field(default=64, ge=1, description="Writes at once, beside the queries.")
    max_writes_waiting: int = Field(default=64, ge=0, description="Writes that may wait; more get 429.")
    max_body_bytes: int = Field(default=32 * 1024 * 1024, ge=1_024, description="One picture, or one query.")
    max_batch_bytes: int = Field(default=64 * 1024 * 1024, ge=1_024, description="One `POST /images`.")
    max_buffered_bytes: int = Field(
        default=512 * 1024 * 1024,
        ge=1_024,
        description="Bodies held in memory over all requests: half for queries, half for writes.",
    )
    history_half_life_days: float = Field(
        default=30.0, gt=0, description="What a user saw so long before the newest counts half."
    )
    max_pixels: int = Field(default=40_000_000, ge=1)
    decoders: int = Field(
        default=2, ge=0, description="Processes that decode pictures; 0: two of the gateway's threads do."
    )
    decode_seconds: float = Field(default=10.0, gt=0, description="A picture that takes longer is refused.")
    body_grace_s: float = Field(default=10.0, gt=0, description="No body is cut before this; see `pace`.")
    drain_s: float = Field(default=0.5, ge=0, description="Not ready before the listener closes on SIGTERM.")
    log_level: str = "info"
    otel: bool = Field(
        default=False, description="Export spans as the OTEL_* variables say; needs the extra `otel`."
    )
    cache_bytes: int = Field(
        default=64 * 1024 * 1024, ge=0, description="Answers kept in memory; 0: none, in Redis neither."
    )
    cache_lifetime_s: int = Field(default=3_600, ge=1, description="How long Redis keeps an answer.")
    redis_url: SecretStr = Field(
        default=SecretStr(""),
        description="`redis://host:6379/0`: answers are shared by gateways of one catalogue. Empty: none.",
    )
    api_keys: SecretStr = Field(
        default=SecretStr(""),
        description="`key:read,key:read+write`: who may ask, who may write too. Empty: everybody.",
    )
    api_keys_file: Path | None = Field(default=None, description="A file of more keys, one a line.")
    allow_anonymous: bool = Field(
        default=False, description="Without keys, listen beyond loopback all the same."
    )
    open_metrics: bool = Field(default=False, description="`/metrics` needs no key.")
    cors_origins: str = Field(
        default="", description="Web pages that may call, say `https://a.example,https://b.example`."
    )

    def key_ring(self) -> KeyRing:
        """The keys of both settings; raises BadKeys, and OSError when the file cannot be read."""
        lines = "" if self.api_keys_file is None else self.api_keys_file.read_text()
        return parse_keys(f"{self.api_keys.get_secret_value()}\n{lines}", open_metrics=self.open_metrics)

    def origins(self) -> list[str]:
        """The web pages that may call."""
        return [origin.strip() for origin in self.cors_origins.split(",") if origin.strip()]

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, values: dict[str, Any]) -> dict[str, Any]:
        """An empty variable is one that is not set, but for the view that may be left out."""
        return {name: value for name, value in values.items() if value != "" or name == "caption_url"}
