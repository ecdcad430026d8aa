"""The pieces of an OpenAPI document that every view's has: body forms, errors, how to serve it."""

from collections.abc import Sequence
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from diversity_contracts.problem_examples import problem_reply
from diversity_contracts.problems import (
    Conflict,
    FieldProblem,
    InvalidParameter,
    MalformedRequest,
    NoSpace,
    NotAPicture,
    NotReady,
    NotSupported,
    Problem,
    ProblemError,
    SlowBody,
    TooLarge,
    TooManyRequests,
    UnknownId,
    UnsupportedType,
)
from diversity_contracts.wire import ChangeBatch

Responses = dict[int | str, dict[str, Any]]

_PICTURE = {"schema": {"type": "string", "format": "binary"}}
_PICTURE_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp", "image/tiff")
IMAGE_PART = {
    "type": "string",
    "format": "binary",
    "description": "The picture: at most 32 MiB, 40 megapixels unless set otherwise.",
}
IDS_PART = {"type": "array", "items": {"type": "string"}, "description": "As JSON."}
QUERY_PROBLEMS = (400, 404, 408, 409, 413, 415, 422, 429, 503)
JSON_PROBLEMS = (400, 408, 413, 415, 422, 429, 503)
CHANGES_PROBLEMS = (400, 408, 409, 413, 415, 422, 429, 503, 507)
_TOO_SMALL = "Input should be greater than or equal to 1"
_PROBLEMS: dict[int, tuple[str, tuple[ProblemError, ...]]] = {
    400: (
        "Not a decodable picture, or a body that cannot be read.",
        (
            NotAPicture("The picture is truncated or broken and cannot be decoded."),
            MalformedRequest("The body is not valid JSON."),
        ),
    ),
    404: ("The query's image_id is not indexed.", (UnknownId("The index holds no picture 'not-there'."),)),
    408: ("The body did not arrive in time.", (SlowBody("The body did not arrive within 15 seconds."),)),
    409: (
        "Not what serves: a representation of another artifact, or a batch that does not follow on what "
        "was applied; see `/model`.",
        (
            Conflict("The representation is one of drml-20261101T000000Z; drml-20261123T194816Z serves."),
            Conflict("The view stands at change 538; a batch after 540 leaves a gap."),
        ),
    ),
    413: ("Too many bytes or pixels.", (TooLarge("The body is larger than 33,554,432 bytes."),)),
    415: (
        "Not an accepted media type.",
        (
            UnsupportedType(
                "The body's type is 'text/html'; send a picture (image/jpeg, image/png, image/webp, "
                "image/gif, image/bmp, image/tiff), multipart/form-data or application/json."
            ),
        ),
    ),
    422: (
        "A parameter or a field is invalid.",
        (
            InvalidParameter(
                "query.n: Input should be greater than or equal to 1",
                errors=[
                    FieldProblem(location="query.n", detail="Input should be greater than or equal to 1")
                ],
            ),
        ),
    ),
    429: (
        "Too many requests wait already; see Retry-After.",
        (TooManyRequests("64 requests are in work or waiting."),),
    ),
    501: (
        "A history over more vectors than this choice of `VECTOR_STORE` can compare.",
        (
            NotSupported(
                "A history is compared with every picture: where vectors lie in Milvus, at most "
                "5,000,000 pairs; here 1,000 × 518,000."
            ),
        ),
    ),
    503: ("Not ready, or going down; see Retry-After.", (NotReady("The service is going down."),)),
    507: (
        "The disk is full; nothing was applied.",
        (NoSpace("There is no space left to keep the index."),),
    ),
}


def problems(*statuses: int) -> Responses:
    """The descriptions of error replies, with examples of each."""
    return {status: problem_reply(_PROBLEMS[status][0], *_PROBLEMS[status][1]) for status in statuses}


def replies(example: object, description: str, *statuses: int) -> Responses:
    """A 200 with an example, and what else may come back."""
    content = {"application/json": {"example": example}}
    return {200: {"description": description, "content": content}, **problems(*statuses)}


def query_body(model: type[BaseModel], example: object, **parts: dict[str, Any]) -> dict[str, Any]:
    """The three forms of a query: the picture, a form with the picture and `parts`, JSON as `model`."""
    content: dict[str, Any] = dict.fromkeys(_PICTURE_TYPES, _PICTURE)
    form = {"image": IMAGE_PART, **parts}
    content["multipart/form-data"] = {
        "schema": {"type": "object", "properties": form, "required": ["image"]},
        # A picture stands as its file's name.
        "example": {"image": "coraltrout.png", **({"image_ids": ["food/vegetables/corn"]} if parts else {})},
    }
    content["application/json"] = {
        "schema": {"$ref": f"#/components/schemas/{model.__name__}"},
        "example": example,
    }
    return {"requestBody": {"required": True, "content": content}}


def json_body(model: type[BaseModel], example: object) -> dict[str, Any]:
    """A call that takes JSON only."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": schema, "example": example}},
        }
    }


def changes_body(example: object) -> dict[str, Any]:
    """A batch of changes with its pictures."""
    properties = {
        "changes": {
            "$ref": "#/components/schemas/ChangeBatch",
            "description": "The batch, as JSON.",
        },
        "picture": {
            "type": "array",
            "items": {"type": "string", "format": "binary"},
            "description": "One part per new content, its content hash as file name.",
        },
    }
    form = {
        "schema": {"type": "object", "required": ["changes"], "properties": properties},
        "example": {"changes": example},
    }
    return {"requestBody": {"required": True, "content": {"multipart/form-data": form}}}


def install(app: FastAPI, body_models: Sequence[type[BaseModel]]) -> None:
    """Serve the document with the schemas of the bodies that routes read themselves."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = document(app, body_models)
        return app.openapi_schema

    # FastAPI's documented way to another document is this assignment; mypy allows none to a method.
    app.openapi = openapi  # type: ignore[method-assign]


def document(app: FastAPI, body_models: Sequence[type[BaseModel]]) -> dict[str, Any]:
    """The OpenAPI document of `app`."""
    made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    models: list[type[BaseModel]] = [*body_models, ChangeBatch, Problem]
    _, schemas = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    components = made.setdefault("components", {}).setdefault("schemas", {})
    for name, schema in schemas["$defs"].items():
        components.setdefault(name, schema)
    # FastAPI's own description of a 422 is not what a view answers.
    for unused in ("HTTPValidationError", "ValidationError"):
        components.pop(unused, None)
    return made


def printed(app: FastAPI) -> bytes:
    """The document of `app` as indented JSON, the same each time."""
    return orjson.dumps(app.openapi(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
