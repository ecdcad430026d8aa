"""API keys: how they are read, what they open."""

import pytest

from diversity_contracts.problems import Forbidden, Unauthorised
from diversity_gateway.calls import Kind
from diversity_gateway.keys import BadKeys, KeyRing, is_loopback, parse_keys, presented_key

RING = parse_keys("alpha:read, beta:read+write,gamma:write\n# of the old system\nd:e:read")


@pytest.mark.parametrize("kind", ["read", "query", "write", "metrics", "open"])
def test_without_keys_everybody_may_do_everything(kind: Kind) -> None:
    KeyRing().check(kind, None)


@pytest.mark.parametrize(
    ("key", "kinds"),
    [
        ("alpha", {"open", "read", "query", "metrics"}),
        ("beta", {"open", "read", "query", "metrics", "write"}),
        ("gamma", {"open", "write"}),
        ("d:e", {"open", "read", "query", "metrics"}),
    ],
)
def test_a_key_opens_its_scopes_only(key: str, kinds: set[Kind]) -> None:
    every: list[Kind] = ["open", "read", "query", "metrics", "write"]
    for kind in every:
        if kind in kinds:
            RING.check(kind, key)
        else:
            with pytest.raises(Forbidden):
                RING.check(kind, key)


@pytest.mark.parametrize("key", [None, "", "alph", "alphaa", "Alpha", "alpha:read", "of the old system", "é"])
def test_what_is_no_key_opens_nothing(key: str | None) -> None:
    RING.check("open", key)
    with pytest.raises(Unauthorised) as caught:
        RING.check("read", key)
    assert caught.value.headers()["WWW-Authenticate"].startswith("Bearer ")
    assert not key or key not in caught.value.detail


def test_metrics_by_setting() -> None:
    with pytest.raises(Unauthorised):
        RING.check("metrics", None)
    KeyRing(RING.keys, open_metrics=True).check("metrics", None)


@pytest.mark.parametrize(
    "text", ["secret", ":read", "secret:", "secret:all", "a b:read", "a:read,a:write", "é:read"]
)
def test_what_does_not_read_as_keys_is_refused_without_naming_them(text: str) -> None:
    with pytest.raises(BadKeys) as caught:
        parse_keys(text)
    assert "secret" not in str(caught.value)


def test_a_key_is_not_kept_in_the_clear() -> None:
    assert "alpha" not in repr(RING)


def test_where_a_key_is_looked_for() -> None:
    assert presented_key("Bearer one", "two", "three") == "one"
    assert presented_key("bearer  one ", None, None) == "one"
    assert presented_key("Basic b25l", "two", "three") == "two"
    assert presented_key(None, None, "three") == "three"
    assert presented_key("Bearer ", "", "") is None


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        *((host, True) for host in ("127.0.0.1", "127.8.0.1", "::1", "localhost")),
        *((host, False) for host in ("0.0.0.0", "::", "10.0.0.4", "gateway", "localhost.example")),
    ],
)
def test_what_other_machines_reach(host: str, loopback: bool) -> None:
    assert is_loopback(host) == loopback
