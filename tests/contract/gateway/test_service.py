"""Health, figures, headers, errors that the framework makes, the page, the OpenAPI copy."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest

from diversity_gateway.app import create_app
from diversity_gateway.assembly import assemble
from diversity_gateway.settings import Settings
from tests.contract.gateway.conftest import PNG, Gateway, gateway_over, grey, problem
from tests.fakes.view import FakeView
from tests.fakes.waiting import eventually

COPY = Path(__file__).with_name("openapi.json")


def served_openapi() -> dict[str, object]:
    """The document; the parts are never built for it."""
    return create_app(lambda metrics: assemble(Settings(), metrics)).openapi()


def test_the_committed_openapi_is_what_is_served() -> None:
    """Refresh with `python -m tests.contract.gateway.test_service`, and look at the difference."""
    assert json.loads(COPY.read_text()) == json.loads(json.dumps(served_openapi()))


async def test_openapi_is_served_and_complete(gateway: Gateway) -> None:
    document = (await gateway.http.get("/openapi.json")).json()
    assert document == json.loads(COPY.read_text())
    operations = {(method, path) for path, methods in document["paths"].items() for method in methods}
    assert operations == {
        ("post", "/divergent"),
        ("post", "/similar"),
        ("post", "/divergent:batch"),
        ("post", "/similar:batch"),
        ("post", "/users/{user_id}/history"),
        ("get", "/users/{user_id}/history"),
        ("delete", "/users/{user_id}/history"),
        ("post", "/images"),
        ("get", "/images"),
        ("get", "/images/{image_id}"),
        ("put", "/images/{image_id}"),
        ("delete", "/images/{image_id}"),
        ("get", "/images/{image_id}/content"),
        ("get", "/projection"),
        ("post", "/projection"),
        ("get", "/stats"),
        ("get", "/healthz"),
        ("get", "/readyz"),
        ("get", "/metrics"),
    }
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for status, reply in operation["responses"].items():
                types = set(reply.get("content", {}))
                assert int(status) < 400 or types == {"application/problem+json"}, (method, path, status)
            for parameter in operation.get("parameters", []):
                assert parameter.get("description"), (method, path, parameter["name"])


async def test_the_documented_examples_are_accepted(gateway: Gateway) -> None:
    document = json.loads(COPY.read_text())
    await gateway.fill(**{"a": 1})
    for name in ("fish/coraltrout", "fish/clownfish", "mammals/bears/european-bear"):
        await gateway.put(quote(f"animals/{name}", safe=""), grey(9))
    history = document["paths"]["/users/{user_id}/history"]["post"]["requestBody"]["content"]
    kept = await gateway.http.post("/users/user-17/history", json=history["application/json"]["example"])
    assert kept.status_code == 200
    many = document["paths"]["/similar:batch"]["post"]["requestBody"]["content"]["application/json"][
        "example"
    ]
    outcomes = (await gateway.http.post("/similar:batch", json=many)).json()["results"]
    assert [outcome["status"] for outcome in outcomes] == [200, 200]
    body = document["paths"]["/similar"]["post"]["requestBody"]["content"]["application/json"]
    assert len(body["examples"]) == 5
    for example in body["examples"].values():
        assert (await gateway.http.post("/similar", json=example["value"])).status_code == 200


async def test_request_ids(gateway: Gateway) -> None:
    assert (await gateway.http.get("/healthz", headers={"X-Request-ID": "abc-1"})).headers[
        "x-request-id"
    ] == "abc-1"
    for sent in ("x" * 129, "a b", "a\tb", ""):
        reply = await gateway.http.get("/healthz", headers={"X-Request-ID": sent})
        assert reply.headers["x-request-id"] != sent
        assert len(reply.headers["x-request-id"]) == 24


async def test_the_framework_s_errors_are_problems(gateway: Gateway) -> None:
    problem(await gateway.http.get("/nothing/here"), 404, "unknown-path")
    reply = await gateway.http.get("/divergent")
    problem(reply, 405, "method-not-allowed")
    assert reply.headers["allow"] == "POST"
    problem(await gateway.http.get("/static/nothing.js"), 404, "unknown-path")
    problem(await gateway.http.get("/static/../app.py"), 404, "unknown-path")


@pytest.mark.parametrize("path", ["/stats", "/healthz", "/readyz", "/images/a", "/metrics"])
async def test_no_call_ignores_a_parameter(gateway: Gateway, path: str) -> None:
    reply = await gateway.http.get(path, params={"verbose": "1"})
    assert "`query.verbose`" in problem(reply, 422, "invalid-parameter")


async def test_a_bug_is_a_500_that_tells_nothing(gateway: Gateway) -> None:
    gateway.parts.catalogue._database._writer.execute("DROP TABLE images")
    reply = await gateway.http.get("/images/a")
    detail = problem(reply, 500, "internal")
    assert str(gateway.state) not in reply.text
    assert "sqlite" not in reply.text.lower()
    assert "request id" in detail


async def test_readiness_follows_the_view(tmp_path: Path) -> None:
    view = FakeView(fail_with=503)
    async with gateway_over(view, tmp_path) as gateway:
        reply = await gateway.http.get("/readyz")
        problem(reply, 503, "not-ready")
        assert reply.headers["retry-after"] == "1"
        assert (await gateway.http.get("/healthz")).json() == {"status": "ok"}
        view.fail_with = None
        await eventually(gateway.is_ready)
        gateway.parts.draining = True
        reply = await gateway.http.get("/readyz")
        assert "stopping" in problem(reply, 503, "not-ready")
        assert reply.headers["connection"] == "close"
        last = await gateway.http.get("/stats")
        assert (last.status_code, last.headers["connection"]) == (200, "close")
        gateway.parts.draining = False
        assert "connection" not in (await gateway.http.get("/stats")).headers


async def test_metrics(gateway: Gateway) -> None:
    await gateway.fill(a=1, b=2)
    await gateway.http.post("/similar", json={"image_id": "a"})
    await gateway.http.get("/images/a%2Fb")
    text = (await gateway.http.get("/metrics")).text
    for line in (
        "gateway_catalogue_images 2.0",
        "gateway_catalogue_version 2.0",
        'gateway_view_applied{view="drml"} 2.0',
        'gateway_view_up{view="drml"} 1.0',
        'gateway_request_seconds_count{method="POST",route="/similar",status="200"} 1.0',
        'gateway_request_seconds_count{method="GET",route="/images/{image_id}",status="404"} 1.0',
        'gateway_view_seconds_count{status="ok",view="drml"} 1.0',
    ):
        assert line in text


async def test_the_page_and_its_policy(gateway: Gateway) -> None:
    reply = await gateway.http.get("/")
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("text/html")
    policy = reply.headers["content-security-policy"]
    assert policy.startswith("default-src 'self'; img-src 'self' blob: data:;")
    assert "unsafe" not in policy
    assert reply.headers["x-content-type-options"] == "nosniff"


async def test_the_page_s_files_are_asked_about_each_time(gateway: Gateway) -> None:
    reply = await gateway.http.get("/static/app.js")
    assert (reply.status_code, reply.headers["cache-control"]) == (200, "no-cache")
    known = {"If-None-Match": reply.headers["etag"]}
    again = await gateway.http.get("/static/app.js", headers=known)
    assert (again.status_code, again.headers["cache-control"]) == (304, "no-cache")


async def test_a_full_disk_is_507_and_searches_live_on(gateway: Gateway) -> None:
    """SQLite's own page limit stands in for the disk: it fails in the same way, with SQLITE_FULL."""
    await gateway.fill(a=1, b=2)
    writer = gateway.parts.catalogue._database._writer
    pages = writer.execute("PRAGMA page_count").fetchone()[0]
    writer.execute(f"PRAGMA max_page_count={pages}")
    refused = None
    for number in range(200):
        reply = await gateway.put(f"{number:0200}", grey(3), wait="false")
        if not reply.is_success:  # searchable at once, where the view was quick
            refused = reply
            break
    assert refused is not None
    problem(refused, 507, "no-space")
    assert (await gateway.http.post("/similar", json={"image_id": "a"})).status_code == 200
    writer.execute("PRAGMA max_page_count=1000000")
    assert (await gateway.http.put("/images/c", content=grey(4), headers=PNG)).status_code == 201


if __name__ == "__main__":
    COPY.write_text(json.dumps(served_openapi(), indent=1, ensure_ascii=False, sort_keys=True) + "\n")
