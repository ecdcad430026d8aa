"""The three API documents are good enough to make clients of.

Every field says what it is, numbers within which bounds; every body, reply, failure has an example that is
valid. Each rule is seen to find what breaks it.
"""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from diversity_contracts import problems

Json = dict[str, Any]
ROOMS = ("gateway", "drml_service", "caption_service")
PROBLEM = "application/problem+json"
KINDS = {kind.slug: kind for kind in problems.ProblemError.__subclasses__()}
BOUNDS = {"minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "const", "enum"}
# A number that has no bounds says so.
WITHOUT_BOUNDS = "of either sign"


def document_of(room: str) -> Json:
    document: Json = json.loads((Path(__file__).parent / room / "openapi.json").read_text())
    return document


def operations(document: Json) -> Iterator[tuple[str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def schemas(document: Json) -> Iterator[tuple[str, Json]]:
    """Every schema of the document, those of bodies and parameters included, with where it stands."""
    for name, schema in document["components"]["schemas"].items():
        yield name, schema
    for name, operation in operations(document):
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            yield f"{name} {kind}", content["schema"]


def undescribed(document: Json) -> Iterator[str]:
    """Fields and parameters that do not say what they are."""
    for place, schema in schemas(document):
        for field, described in _fields(schema):
            named = described.get("$ref", "").rpartition("/")[2]
            # What a field refers to may speak for it.
            speaks = [described, document["components"]["schemas"].get(named, {})]
            if not any(one.get("description") for one in speaks):
                yield f"{place}: {field} says nothing"
    for name, operation in operations(document):
        for parameter in operation.get("parameters", []):
            if not parameter.get("description"):
                yield f"{name}: {parameter['name']} says nothing"
        for status, reply in operation["responses"].items():
            if not reply.get("description"):
                yield f"{name}: {status} says nothing"


def unbounded(document: Json) -> Iterator[str]:
    """Numbers that do not say within which bounds they lie."""
    for place, schema in schemas(document):
        for field, described in _fields(schema):
            if WITHOUT_BOUNDS not in described.get("description", ""):
                yield from (f"{place}: {field} has no bounds" for _ in _open_numbers(described))
    for name, operation in operations(document):
        for parameter in operation.get("parameters", []):
            yield from (
                f"{name}: {parameter['name']} has no bounds" for _ in _open_numbers(parameter["schema"])
            )


def without_example(document: Json) -> Iterator[str]:
    """Bodies, replies, failures that show none. A picture's bytes have no form in JSON."""
    for name, operation in operations(document):
        for place, content in _contents(operation):
            if content.get("schema", {}).get("format") != "binary" and not list(examples(content)):
                yield f"{name} {place} has no example"


def wrong_examples(document: Json) -> Iterator[str]:
    """Examples that their schema refuses, and failures that do not say what is really said."""
    for name, operation in operations(document):
        for place, content in _contents(operation):
            schema = {**content.get("schema", {}), "components": document["components"]}
            for example in examples(content):
                yield from (
                    f"{name} {place}: {error.message}"
                    for error in jsonschema_rs.validator_for(schema).iter_errors(example)
                )
                if place.endswith(PROBLEM) and (reason := _untrue(example, place.split()[0])):
                    yield f"{name} {place}: {reason}"


def examples(content: Json) -> Iterator[Any]:
    """What one body or reply shows."""
    if "example" in content:
        yield content["example"]
    yield from (example["value"] for example in content.get("examples", {}).values())


def _untrue(example: Json, status: str) -> str | None:
    kind = KINDS.get(example["type"].removeprefix(problems.TYPE_PREFIX))
    if kind is None:
        return f"there is no {example['type']}"
    said = (example["title"], example["status"], str(example["status"]))
    return None if said == (kind.title, kind.status, status) else f"{said} is not what is said"


def _contents(operation: Json) -> Iterator[tuple[str, Json]]:
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"body {kind}", content
    for status, reply in operation["responses"].items():
        for kind, content in reply.get("content", {}).items():
            yield f"{status} {kind}", content


def _fields(schema: Json) -> Iterator[tuple[str, Json]]:
    """The fields of a schema and of the schemas in it."""
    for name, described in schema.get("properties", {}).items():
        yield name, described
        for inner in _inner(described):
            yield from _fields(inner)


def _inner(schema: Json) -> Iterator[Json]:
    yield schema
    for choice in schema.get("anyOf", []):
        yield from _inner(choice)
    if isinstance(schema.get("items"), dict):
        yield from _inner(schema["items"])


def _open_numbers(schema: Json) -> Iterator[Json]:
    """Single numbers; what a list or a map holds is described as a whole."""
    choices = schema.get("anyOf", [schema])
    for choice in choices:
        if choice.get("type") in {"integer", "number"} and not BOUNDS & (choice.keys() | schema.keys()):
            yield choice


RULES = [undescribed, unbounded, without_example, wrong_examples]


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_document_is_complete(room: str, rule: Any) -> None:
    assert list(rule(document_of(room))) == []


@pytest.fixture(scope="module")
def whole() -> Json:
    return document_of("gateway")


def test_what_is_missing_is_found(whole: Json) -> None:
    broken = copy.deepcopy(whole)
    result = broken["components"]["schemas"]["Result"]["properties"]
    del result["rank"]["description"]
    del result["divergence"]["maximum"], result["divergence"]["minimum"]
    divergent = broken["paths"]["/divergent"]["post"]
    history = divergent["requestBody"]["content"]["application/json"]["schema"]["properties"]["history"]
    (items,) = [choice["items"] for choice in history["anyOf"] if "items" in choice]
    del items["properties"]["weight"]["description"]
    (n,) = [one for one in divergent["parameters"] if one["name"] == "n"]
    del n["description"], n["schema"]["minimum"], n["schema"]["maximum"]
    del divergent["responses"]["404"]["content"][PROBLEM]["examples"]
    gone = divergent["responses"]["410"]["content"][PROBLEM]["examples"]["stale-cursor"]["value"]
    gone["title"] = "Gone"
    busy = divergent["responses"]["429"]["content"][PROBLEM]["examples"]["too-many-requests"]["value"]
    busy["status"] = "429"
    found = {breach for rule in RULES for breach in rule(broken)}
    assert {
        "Result: rank says nothing",
        "Result: divergence has no bounds",
        "post /divergent application/json: weight says nothing",
        "post /divergent: n says nothing",
        "post /divergent: n has no bounds",
        f"post /divergent 404 {PROBLEM} has no example",
    } <= found
    told = "\n".join(found)
    assert "('Gone', 410, '410') is not what is said" in told
    assert '"429" is not of type "integer"' in told
