"""Where the gateway is and which key opens it: what is given, else the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

import httpx

from diversity_client.errors import Misused

URL = "DIVERSITY_URL"
KEY = "DIVERSITY_API_KEY"
DEFAULT_URL = "http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class Settings:
    """A gateway's address, and a key where it wants one."""

    url: str
    key: str | None

    @property
    def headers(self) -> dict[str, str]:
        """What every request carries."""
        return {} if self.key is None else {"Authorization": f"Bearer {self.key}"}

    @property
    def is_loopback(self) -> bool:
        """Whether the gateway is on this machine, which no proxy of the environment leads to."""
        host = httpx.URL(self.url).host
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"


def read_settings(url: str | None, key: str | None, environment: Mapping[str, str] | None = None) -> Settings:
    """`url` and `key`, else DIVERSITY_URL and DIVERSITY_API_KEY, else this machine without a key.

    Raises Misused for what is no address, or a key that no header can carry.
    """
    known = os.environ if environment is None else environment
    place = (url or known.get(URL) or DEFAULT_URL).rstrip("/")
    secret = key or known.get(KEY) or None
    try:
        parsed = httpx.URL(place)
    except httpx.InvalidURL as error:
        raise Misused(f"{place!r} is no address: {error}") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise Misused(f"{place!r} is no address of a gateway; it reads like {DEFAULT_URL}")
    if secret is not None and not (secret.isascii() and secret.isprintable() and " " not in secret):
        raise Misused("The key has characters that no HTTP header can carry.")
    return Settings(place, secret)
