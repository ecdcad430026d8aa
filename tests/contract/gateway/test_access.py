"""Who may call: keys, scopes, other sites."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from diversity_gateway.calls import kind_of
from diversity_gateway.main import exposed
from diversity_gateway.settings import Settings
from tests.contract.gateway.conftest import PNG, Gateway, Untouched, gateway_over, grey, problem
from tests.fakes.view import FakeView

READER, WRITER = {"Authorization": "Bearer reader"}, {"X-API-Key": "writer"}
OPERATIONS = [
    (method, path)
    for path, methods in json.loads(Path(__file__).with_name("openapi.json").read_text())["paths"].items()
    for method in methods
]


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Gateway]:
    keys = tmp_path / "keys"
    keys.write_text("# the crawler\nwriter:read+write\n")
    settings: dict[str, Any] = {"api_keys": "reader:read", "api_keys_file": keys}
    async with gateway_over(FakeView(), tmp_path, **settings) as built:
        yield built


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
async def test_every_call_but_health_wants_a_key(guarded: Gateway, method: str, path: str) -> None:
    """A call that is added later, too: they are taken from the OpenAPI document."""
    path = path.replace("{image_id}", "a").replace("{user_id}", "u")
    reply = await guarded.http.request(
        method.upper(), path, content=b"x" if method in {"post", "put"} else None
    )
    if kind_of(method.upper(), path) == "open":
        assert reply.status_code not in {401, 403}
        return
    problem(reply, 401, "unauthorised")
    assert reply.headers["www-authenticate"].startswith("Bearer ")
    needs = kind_of(method.upper(), path)
    reply = await guarded.http.request(method.upper(), path, headers=READER)
    if needs == "write":
        problem(reply, 403, "forbidden")
    else:
        assert reply.status_code not in {401, 403}


async def test_the_scopes_at_work(guarded: Gateway) -> None:
    http = guarded.http
    assert (await http.put("/images/a", content=grey(1), headers={**PNG, **WRITER})).status_code == 201
    assert (await http.put("/images/b", content=grey(9), headers={**PNG, **WRITER})).status_code == 201
    assert (await http.post("/similar", json={"image_id": "a"}, headers=READER)).status_code == 200
    assert (await http.post("/similar", json={"image_id": "a"}, headers=WRITER)).status_code == 200
    assert (await http.get("/images/a", headers=READER)).status_code == 200
    problem(await http.delete("/images/a", headers=READER), 403, "forbidden")
    assert (await http.delete("/images/a", headers=WRITER)).status_code == 204


async def test_a_browser_s_pictures_carry_the_key_as_a_cookie_that_only_reads(guarded: Gateway) -> None:
    await guarded.http.put("/images/a", content=grey(1), headers={**PNG, **WRITER})
    cookie = {"Cookie": "diversity_key=writ%65r"}
    assert (await guarded.http.get("/images/a/content", headers=cookie)).status_code == 200
    problem(await guarded.http.delete("/images/a", headers=cookie), 401, "unauthorised")
    problem(await guarded.http.post("/similar", json={"image_id": "a"}, headers=cookie), 401, "unauthorised")


async def test_the_page_is_open_and_the_body_of_a_stranger_is_not_read(guarded: Gateway) -> None:
    for path in ("/", "/static/app.js", "/openapi.json", "/healthz"):
        assert (await guarded.http.get(path)).status_code == 200
    reply = await guarded.http.put("/images/a", content=Untouched(), headers=PNG)
    problem(reply, 401, "unauthorised")


async def test_metrics_without_a_key_by_setting(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"api_keys": "reader:read", "open_metrics": True}
    async with gateway_over(FakeView(), tmp_path, **settings) as gateway:
        assert (await gateway.http.get("/metrics")).status_code == 200
        problem(await gateway.http.get("/stats"), 401, "unauthorised")


# What the caller's own environment may say must not decide.
LEAVES = {"ALLOW_ANONYMOUS", "API_KEYS", "API_KEYS_FILE", "PUBLISHED_ON"}


@pytest.mark.parametrize(
    ("environment", "words"),
    [({}, "API_KEYS"), ({"API_KEYS": "sesame"}, "must read like")],
)
def test_it_does_not_listen_to_strangers_unasked(
    tmp_path: Path, environment: dict[str, str], words: str
) -> None:
    inherited = {name: value for name, value in os.environ.items() if name not in LEAVES}
    settings = {**inherited, "HOST": "0.0.0.0", "PORT": "1", "STATE": str(tmp_path / "state"), **environment}
    ended = subprocess.run(
        [sys.executable, "-m", "diversity_gateway"],
        env=settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,  # one that listens would never end
    )
    assert ended.returncode != 0
    assert words in ended.stderr
    assert "sesame" not in ended.stderr
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    ("settings", "refused"),
    [
        ({"host": "0.0.0.0"}, True),
        ({"host": "0.0.0.0", "published_on": "127.0.0.1"}, False),
        ({"host": "0.0.0.0", "published_on": "0.0.0.0"}, True),
        ({"host": "0.0.0.0", "published_on": "192.0.2.7"}, True),
        ({"host": "127.0.0.1", "published_on": "192.0.2.7"}, True),
        ({"host": "0.0.0.0", "published_on": "0.0.0.0", "api_keys": "k:read"}, False),
        ({"host": "0.0.0.0", "published_on": "0.0.0.0", "allow_anonymous": True}, False),
    ],
)
def test_a_container_is_as_open_as_the_address_it_is_published_on(
    settings: dict[str, Any], refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in LEAVES:
        monkeypatch.delenv(name, raising=False)
    assert (exposed(Settings(**settings)) is not None) is refused


async def test_other_sites_only_by_setting(tmp_path: Path) -> None:
    origin = {"Origin": "https://a.example"}
    asking = {
        **origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-api-key",
    }
    async with gateway_over(FakeView(), tmp_path / "closed") as gateway:
        assert (
            "access-control-allow-origin" not in (await gateway.http.get("/healthz", headers=origin)).headers
        )
        assert (await gateway.http.options("/similar", headers=asking)).status_code == 405
    settings: dict[str, Any] = {"cors_origins": "https://a.example, https://b.example", "api_keys": "k:read"}
    async with gateway_over(FakeView(), tmp_path / "open", **settings) as gateway:
        reply = await gateway.http.options("/similar", headers=asking)
        assert reply.status_code == 200
        assert reply.headers["access-control-allow-origin"] == "https://a.example"
        refused = await gateway.http.get("/stats", headers=origin)
        assert refused.status_code == 401
        assert refused.headers["access-control-allow-origin"] == "https://a.example"
        assert refused.headers["x-request-id"]
        other = await gateway.http.get("/healthz", headers={"Origin": "https://c.example"})
        assert "access-control-allow-origin" not in other.headers
