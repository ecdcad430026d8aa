"""The kind of a call."""

import pytest

from diversity_gateway.calls import Kind, kind_of


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("GET", "/", "open"),
        ("GET", "/static/app.js", "open"),
        ("GET", "/healthz", "open"),
        ("GET", "/readyz", "open"),
        ("GET", "/openapi.json", "open"),
        ("GET", "/metrics", "metrics"),
        ("GET", "/stats", "read"),
        ("GET", "/images", "read"),
        ("HEAD", "/images/a/content", "read"),
        ("GET", "/images/healthz", "read"),
        ("GET", "/nothing/here", "read"),
        ("POST", "/divergent", "query"),
        ("POST", "/similar", "query"),
        ("POST", "/divergent:batch", "query"),
        ("GET", "/divergent", "read"),
        ("PUT", "/images/divergent", "write"),
        ("POST", "/images", "write"),
        ("DELETE", "/images/a", "write"),
        ("POST", "/users/u/history", "write"),
        ("DELETE", "/users/u/history", "write"),
        ("POST", "/healthz", "write"),
        ("BREW", "/", "write"),
    ],
)
def test_the_kind(method: str, path: str, kind: Kind) -> None:
    assert kind_of(method, path) == kind
