"""What the OpenAPI document says beyond the code: body forms, errors, examples."""

import hashlib
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from diversity_contracts import wire
from diversity_contracts.problems import MEDIA_TYPE, Problem

Responses = dict[int | str, dict[str, Any]]

DESCRIPTION = (
    "Embeds pictures with the DRML network and searches the catalogue's embeddings, exactly, at both ends: "
    "nearest is similar, farthest is divergent. Distances are Euclidean. A percentile is (pictures closer + "
    "½ · other pictures tied) ÷ other pictures. Errors are `application/problem+json` (RFC 9457)."
)
_PICTURE = {"schema": {"type": "string", "format": "binary"}}
_PICTURE_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp", "image/tiff")
_IMAGE_PART = {"type": "string", "format": "binary", "description": "The picture."}
_ID_QUERY = {"image_id": "animals/birds/owl"}

NEIGHBORS = [
    {"image_id": "animals/birds/owl", "distance": 0.0, "percentile": 0.0},
    {"image_id": "animals/birds/parrot", "distance": 8.402, "percentile": 0.00186},
]
FAR_NEIGHBORS = [
    {"image_id": "vehicles/road/fire_engine", "distance": 31.27, "percentile": 1.0},
    {"image_id": "food/fruit/orange", "distance": 30.94, "percentile": 0.99814},
]
_STANDING = {"artifact": "drml-20261123T101500Z", "count": 538, "applied": 538}
EXAMPLES: dict[str, dict[str, Any]] = {
    "embed": {"embedding": [0.114, -1.023, 0.508], "artifact": "drml-20261123T101500Z"},
    "nearest": {"results": NEIGHBORS, **_STANDING},
    "farthest": {"results": FAR_NEIGHBORS, **_STANDING},
    "distances": {"results": [FAR_NEIGHBORS[0], None], **_STANDING},
    "changes": {
        "applied": 540,
        "count": 539,
        "refused": [{"image_id": "scan-7", "detail": "The picture is truncated."}],
    },
    "model": {
        "view": "drml",
        "state": "ready",
        "artifact": "drml-20261123T101500Z",
        "refusal": None,
        "count": 538,
        "applied": 538,
        "catalogue_id": "0b0cf1c2-5f0e-4e3e-9d2a-0f6f0f8a3c11",
        "metrics": {"triplet_accuracy": 0.95},
        "dimension": 512,
        "created": "2026-11-23T10:15:00+00:00",
    },
}
BATCH_EXAMPLE = {
    "catalogue_id": "0b0cf1c2-5f0e-4e3e-9d2a-0f6f0f8a3c11",
    "after": 538,
    "upto": 540,
    "changes": [
        {"seq": 539, "image_id": "animals/birds/owl", "content_hash": None},
        {"seq": 540, "image_id": "scan-7", "content_hash": hashlib.sha256(b"scan-7").hexdigest()},
    ],
}

_PROBLEMS = {
    400: "Not a decodable picture, or a body that cannot be read.",
    404: "The query's image_id is not indexed.",
    408: "The body did not arrive in time.",
    409: "The batch does not follow on what was applied; `/model` says where the index stands.",
    413: "Too many bytes or pixels.",
    415: "Not an accepted media type.",
    422: "A parameter or a field is invalid.",
    429: "Too many requests wait already; see Retry-After.",
    503: "Not ready, or going down; see Retry-After.",
    507: "The disk is full; nothing was applied.",
}


def _problems(*statuses: int) -> Responses:
    return {
        status: {
            "description": _PROBLEMS[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def _replies(name: str, description: str, *statuses: int) -> Responses:
    content = {"application/json": {"example": EXAMPLES[name]}}
    return {200: {"description": description, "content": content}, **_problems(*statuses)}


_QUERY_PROBLEMS = (400, 404, 408, 413, 415, 422, 429, 503)
EMBED = _replies("embed", "The embedding.", *_QUERY_PROBLEMS)
NEAREST = _replies("nearest", "The nearest first.", *_QUERY_PROBLEMS)
FARTHEST = _replies("farthest", "The farthest first.", *_QUERY_PROBLEMS)
DISTANCES = _replies("distances", "One entry per id asked for.", *_QUERY_PROBLEMS)
CHANGES = _replies("changes", "Applied, and on disk.", 400, 408, 409, 413, 415, 422, 429, 503, 507)
MODEL = _replies("model", "What serves.", 422)
HEALTH: Responses = {200: {"description": "Alive."}}
READY: Responses = {200: {"description": "Ready."}, **_problems(503)}
METRICS: Responses = {
    200: {"description": "Metrics.", "content": {"text/plain": {"schema": {"type": "string"}}}}
}


def _body(json_model: str, json_example: object, form: dict[str, Any], required: list[str]) -> dict[str, Any]:
    content: dict[str, Any] = dict.fromkeys(_PICTURE_TYPES, _PICTURE)
    content["multipart/form-data"] = {"schema": {"type": "object", "properties": form, "required": required}}
    content["application/json"] = {
        "schema": {"$ref": f"#/components/schemas/{json_model}"},
        "example": json_example,
    }
    return {"requestBody": {"required": True, "content": content}}


QUERY_BODY = _body("ViewQuery", _ID_QUERY, {"image": _IMAGE_PART}, ["image"])
DISTANCES_BODY = _body(
    "DistancesQuery",
    {**_ID_QUERY, "image_ids": ["vehicles/road/fire_engine", "not-there"]},
    {
        "image": _IMAGE_PART,
        "image_ids": {"type": "array", "items": {"type": "string"}, "description": "As JSON."},
    },
    ["image"],
)
CHANGES_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["changes"],
                    "properties": {
                        "changes": {"$ref": "#/components/schemas/ChangeBatch"},
                        "picture": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "description": "One part per new content, its content hash as file name.",
                        },
                    },
                },
                "example": {"changes": BATCH_EXAMPLE},
            }
        },
    }
}
_BODY_MODELS = (wire.ViewQuery, wire.DistancesQuery, wire.ChangeBatch, Problem)


def install(app: FastAPI) -> None:
    """Serve the document with the schemas of the bodies that routes read themselves."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of `app`."""
    made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    _, schemas = models_json_schema(
        [(model, "validation") for model in _BODY_MODELS], ref_template="#/components/schemas/{model}"
    )
    components = made.setdefault("components", {}).setdefault("schemas", {})
    for name, schema in schemas["$defs"].items():
        components.setdefault(name, schema)
    # FastAPI's own description of a 422 is not what this service answers.
    for unused in ("HTTPValidationError", "ValidationError"):
        components.pop(unused, None)
    return made
