"""API keys: what they are read from, and what each may do. Pure."""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal, cast, get_args

from diversity_contracts.problems import Forbidden, Unauthorised
from diversity_gateway.calls import Kind

Scope = Literal["read", "write"]
NEEDED: dict[Kind, Scope] = {"read": "read", "query": "read", "metrics": "read", "write": "write"}


class BadKeys(ValueError):
    """A setting that does not read as keys; the words name no key."""


@dataclass(frozen=True, slots=True)
class Key:
    """The SHA-256 of a key: what is compared tells nothing of the key, nor its length."""

    digest: bytes
    scopes: frozenset[Scope]


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Every key there is; without any, everybody may do everything."""

    keys: tuple[Key, ...] = ()
    open_metrics: bool = False

    def check(self, kind: Kind, presented: str | None) -> None:
        """Raises Unauthorised without a key that is on the ring, Forbidden when its scopes do not suffice."""
        if not self.keys or kind == "open" or (kind == "metrics" and self.open_metrics):
            return
        if presented is None:
            raise Unauthorised("Send an API key, as `Authorization: Bearer …` or as `X-API-Key`.")
        digest = _digest(presented)
        # Every key is compared, so the time does not tell which one was close.
        found = [key for key in self.keys if hmac.compare_digest(key.digest, digest)]
        if not found:
            raise Unauthorised("The API key is not known here.")
        if NEEDED[kind] not in found[0].scopes:
            raise Forbidden(f"This call needs a key with the scope `{NEEDED[kind]}`.")


def parse_keys(text: str, *, open_metrics: bool = False) -> KeyRing:
    """Keys as `key:read` or `key:read+write`, separated by commas or lines; `#` begins a comment line.

    Raises BadKeys.
    """
    keys = dict[bytes, Key]()
    for place, entry in enumerate(_entries(text), start=1):
        key, _, named = entry.rpartition(":")
        scopes = frozenset(scope.strip() for scope in named.split("+"))
        if not key or not scopes <= set(get_args(Scope)):
            raise BadKeys(f"API key {place} must read like `key:read` or `key:read+write`")
        if not key.isascii() or not key.isprintable() or " " in key:
            raise BadKeys(f"API key {place} has characters that no HTTP header can carry")
        digest = _digest(key)
        if digest in keys:
            raise BadKeys(f"API key {place} is there twice")
        keys[digest] = Key(digest, cast(frozenset[Scope], scopes))
    return KeyRing(tuple(keys.values()), open_metrics)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens on `host`."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def presented_key(authorization: str | None, header: str | None, cookie: str | None) -> str | None:
    """The key in a request's headers: a bearer token before `X-API-Key`, a cookie last."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return header or cookie or None


def _entries(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if not line.lstrip().startswith("#"):
            yield from (entry.strip() for entry in line.split(",") if entry.strip())


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
