"""The kind of a call, by its method and path: it decides who may make it, and which lane it takes. Pure."""

from typing import Literal

Kind = Literal["open", "metrics", "read", "query", "write"]
QUERIES = frozenset({"/divergent", "/similar", "/divergent:batch", "/similar:batch", "/projection"})
# What a browser and a load balancer ask for without a key: nothing here tells of the catalogue.
OPEN = frozenset({"/", "/healthz", "/readyz", "/openapi.json"})
OPEN_BELOW = "/static/"
READING = frozenset({"GET", "HEAD", "OPTIONS"})


def kind_of(method: str, path: str) -> Kind:
    """Whatever is not known to be harmless is a write."""
    if method in READING:
        if path in OPEN or path.startswith(OPEN_BELOW):
            return "open"
        return "metrics" if path == "/metrics" else "read"
    return "query" if method == "POST" and path in QUERIES else "write"
