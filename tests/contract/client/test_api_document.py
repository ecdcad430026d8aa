"""The client against the gateway's API document: it can do all of it, and says nothing else."""

import inspect
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import BaseModel

from diversity_client import answers, errors
from diversity_client.async_client import AsyncClient
from diversity_client.client import Client
from diversity_client.retrying import Retries
from tests.contract.client.every_call import CALLS

DOCUMENT = json.loads((Path(__file__).parents[1] / "gateway/openapi.json").read_text())
SCHEMAS = DOCUMENT["components"]["schemas"]
# The document is itself no call of the document.
NOT_A_CALL = {"close", "send", "openapi"}
OWN_NAMES = {"Problem": "ProblemDocument"}


def operation_of(request: httpx.Request) -> tuple[str, str]:
    """Method and template of the documented call that a request is; KeyError for one that is not there."""
    place = request.url.raw_path.decode().partition("?")[0]
    for path, methods in DOCUMENT["paths"].items():
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))
        if re.fullmatch(pattern, place) and request.method.lower() in methods:
            return request.method.lower(), path
    raise KeyError(f"{request.method} {place}")


def requests_of(made: Any) -> list[httpx.Request]:
    """What one call of the client sends; each is answered with 418, which ends it."""
    sent: list[httpx.Request] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(418)

    with (
        Client(
            "http://gateway", transport=httpx.MockTransport(refuse), retries=Retries(attempts=1)
        ) as client,
        pytest.raises(errors.NotAGateway),
    ):
        made(client)
    return sent


@pytest.fixture(scope="module")
def sent() -> dict[tuple[str, str], list[httpx.Request]]:
    """Every request of every method, by the documented operation."""
    found = defaultdict[tuple[str, str], list[httpx.Request]](list)
    for calls in CALLS.values():
        for made in calls:
            for request in requests_of(made):
                found[operation_of(request)].append(request)
    return found


def documented() -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield (method, path), operation


def test_every_method_is_called_here() -> None:
    public = {name for name, _ in inspect.getmembers(Client, inspect.isfunction) if not name.startswith("_")}
    assert public - NOT_A_CALL == set(CALLS)


def test_every_operation_has_a_method(sent: dict[tuple[str, str], list[httpx.Request]]) -> None:
    assert set(sent) == {operation for operation, _ in documented()}


@pytest.mark.parametrize(
    ("operation", "described"),
    list(documented()),
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_every_parameter_and_body_can_be_sent(
    operation: tuple[str, str], described: dict[str, Any], sent: dict[tuple[str, str], list[httpx.Request]]
) -> None:
    named = {one["name"] for one in described.get("parameters", []) if one["in"] == "query"}
    assert {name for request in sent[operation] for name in request.url.params} == named
    types = set(described.get("requestBody", {}).get("content", {}))
    used = {request.headers.get("content-type", "").partition(";")[0] for request in sent[operation]} - {""}
    assert used <= types
    assert {kind for kind in types if not kind.startswith("image/")} <= used
    assert any(kind.startswith("image/") for kind in used) == any(kind.startswith("image/") for kind in types)


def test_each_json_body_has_only_documented_fields(
    sent: dict[tuple[str, str], list[httpx.Request]],
) -> None:
    question = _json_schema("/divergent")
    bodies = [json.loads(request.content) for request in _of_json(sent["post", "/divergent"])]
    assert {key for body in bodies for key in body} == set(question["properties"])
    many = json.loads(_of_json(sent["post", "/divergent:batch"])[0].content)
    assert set(many) == {"queries"}


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_the_replies_are_typed_as_documented(name: str) -> None:
    model: type[BaseModel] = getattr(answers, OWN_NAMES.get(name, name))
    own = model.model_json_schema()
    assert set(own["properties"]) == set(SCHEMAS[name]["properties"])
    # What may be missing from a reply may be missing here.
    assert set(own.get("required", [])) <= set(SCHEMAS[name].get("required", []))
    for field, described in SCHEMAS[name]["properties"].items():
        assert _kinds(described) <= _kinds(own["properties"][field]), field


def test_every_documented_problem_has_an_exception() -> None:
    shown = {
        example["value"]["type"]
        for _, operation in documented()
        for reply in operation["responses"].values()
        for kind, content in reply.get("content", {}).items()
        if kind == "application/problem+json"
        for example in content["examples"].values()
    }
    assert len(shown) >= 10
    known = {errors.PREFIX + kind.slug for kind in errors.Problem.__subclasses__()}
    assert shown <= known


def test_both_clients_have_the_same_methods() -> None:
    def public(client: type) -> dict[str, list[str]]:
        return {
            name: [str(one) for one in inspect.signature(method).parameters.values()]
            for name, method in inspect.getmembers(client, inspect.isfunction)
            if not name.startswith("_")
        }

    assert public(Client) == public(AsyncClient)


def test_what_is_not_documented_is_found() -> None:
    with pytest.raises(KeyError):
        operation_of(httpx.Request("GET", "http://gateway/nothing"))
    with pytest.raises(KeyError):
        operation_of(httpx.Request("POST", "http://gateway/stats"))


def _of_json(requests: list[httpx.Request]) -> list[httpx.Request]:
    return [one for one in requests if one.headers.get("content-type") == "application/json"]


def _json_schema(path: str) -> dict[str, Any]:
    schema: dict[str, Any] = DOCUMENT["paths"][path]["post"]["requestBody"]["content"]["application/json"][
        "schema"
    ]
    return SCHEMAS[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def _kinds(schema: dict[str, Any]) -> set[str]:
    """The JSON types that a schema allows; a text of few values counts as a text."""
    if "anyOf" in schema:
        return set().union(*(_kinds(one) for one in schema["anyOf"]))
    kind = schema.get("type", "object")
    # JSON has one type of numbers.
    return {"number" if kind == "integer" else kind}
