"""What the OpenAPI document says beyond types: bodies, errors, real examples."""

from typing import Any

from diversity_contracts.problems import MEDIA_TYPE, Problem
from diversity_gateway.questions import JsonQuestion

PICTURE_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp", "image/tiff")
_BINARY = {"schema": {"type": "string", "format": "binary"}}
# A whole PNG of one pixel, so that the example can be sent as it stands.
ONE_PIXEL_PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mM4EaABAAMkAUEj5ExoAAAAAElFTkSuQmCC"
_DETAILS = {
    400: (
        "not-a-picture",
        "Not a decodable picture",
        "The picture is truncated or broken and cannot be decoded.",
    ),
    401: (
        "unauthorised",
        "A valid API key is needed",
        "Send an API key, as `Authorization: Bearer …` or as `X-API-Key`.",
    ),
    403: (
        "forbidden",
        "The API key does not allow this",
        "This call needs a key with the scope `write`.",
    ),
    404: ("unknown-id", "No such entry", "There is no picture 'fish/trout'."),
    408: (
        "slow-body",
        "The request took too long to arrive",
        "The body came at less than 64 KiB a second after 10 s.",
    ),
    410: (
        "stale-cursor",
        "The cursor is no longer valid",
        "The catalogue or an artifact has changed since the first page; start again without `cursor`.",
    ),
    413: ("too-large", "The request is too large", "The body is larger than 33,554,432 bytes."),
    415: (
        "unsupported-type",
        "Not an accepted media type",
        "The body's type is 'text/html'; send a picture (image/jpeg, image/png, image/webp, image/gif, "
        "image/bmp, image/tiff), multipart/form-data or application/json.",
    ),
    422: (
        "invalid-parameter",
        "A parameter is invalid",
        "`query.n`: Input should be less than or equal to 100",
    ),
    429: ("too-many-requests", "Too many requests at once", "More than 64 requests at once."),
    503: ("not-ready", "Not ready to serve this", "No view answers at the moment."),
    507: ("no-space", "No space left to store this", "The disk that holds the pictures is full."),
}
# FastAPI lists the model because `answers.PartOutcome` holds one.
_PROBLEM = {"$ref": f"#/components/schemas/{Problem.__name__}"}
_RETRY_AFTER = {
    "Retry-After": {"description": "Seconds to wait before trying again.", "schema": {"type": "integer"}}
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documented failures with these statuses, an example each."""
    return {status: _problem(status) for status in statuses}


def _problem(status: int) -> dict[str, Any]:
    slug, title, detail = _DETAILS[status]
    example = {
        "type": f"urn:diversity:problem:{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": "7b1f0c2e9a4d4c1fb2d6e8a1",
    }
    reply: dict[str, Any] = {
        "description": title,
        "content": {MEDIA_TYPE: {"schema": _PROBLEM, "example": example}},
    }
    if status in {429, 503}:
        reply["headers"] = _RETRY_AFTER
    return reply


def _form(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {
        "schema": {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        }
    }


_IMAGE_PART = {
    "type": "string",
    "format": "binary",
    "description": "The picture, at most 32 MiB and 40 megapixels.",
}

SEARCH_BODY: dict[str, Any] = {
    "required": True,
    "description": "The picture, a form with a part `image`, or JSON with `image_id` or `image_base64`.",
    "content": {
        **dict.fromkeys(PICTURE_TYPES, _BINARY),
        "multipart/form-data": _form({"image": _IMAGE_PART}, ["image"]),
        "application/json": {
            "schema": JsonQuestion.model_json_schema(),
            "examples": {
                "by id": {"value": {"image_id": "fish/trout"}},
                "by id, filtered": {
                    "value": {
                        "image_id": "fish/trout",
                        "exclude": ["fish/salmon"],
                        "filter": {"class": ["birds", "fish"]},
                    }
                },
                "a picture in base64": {"value": {"image_base64": ONE_PIXEL_PNG}},
            },
        },
    },
}

ANSWER: dict[str, Any] = {
    "description": "The ranking's first pictures, judged by both views.",
    "content": {
        "application/json": {
            "example": {
                "mode": "divergent",
                "n": 1,
                "query": {"caption": "a dog runs through the grass", "image_ids": ["animals/dog"]},
                "results": [
                    {
                        "rank": 1,
                        "image_id": "fish/trout",
                        "divergence": 0.993,
                        "similarity": 0.007,
                        "adjusted": 2.41,
                        "caption": "a red bus on a street",
                        "caption_source": "human",
                        "metadata": {"class": "fish"},
                        "image_url": "/images/fish%2Ftrout/content",
                        "views": {
                            "drml": {"distance": 31.2, "percentile": 0.998},
                            "caption": {"similarity": 0.02, "percentile": 0.988},
                        },
                        "agreement": True,
                        "explanation": {
                            "only_in_query": ["dog", "runs", "grass"],
                            "only_in_result": ["red", "bus", "street"],
                            "shared": [],
                        },
                    }
                ],
                "views": {
                    "drml": {"status": "ok", "artifact": "drml-20261123T101500Z", "took_ms": 9.1},
                    "caption": {"status": "ok", "artifact": "caption-20261123T111500Z", "took_ms": 31.0},
                },
                "degraded": [],
                "exact": True,
                "catalogue_size": 538,
                "next_cursor": None,
                "took_ms": 44.2,
            }
        }
    },
}

PUT_BODY: dict[str, Any] = {
    "required": True,
    "description": "The picture itself, or a form that also says something of it.",
    "content": {
        **dict.fromkeys(PICTURE_TYPES, _BINARY),
        "multipart/form-data": _form(
            {
                "image": _IMAGE_PART,
                "caption": {
                    "type": "array",
                    "items": {"type": "string", "maxLength": 1_000},
                    "maxItems": 32,
                    "description": "A sentence on it, 1,000 characters at most; repeat the part for more.",
                },
                "metadata": {
                    "type": "object",
                    "additionalProperties": {"type": ["string", "number", "boolean"]},
                    "description": "A flat JSON object, 8 KiB at most.",
                    "example": {"class": "fish", "licence": "GPL-2.0"},
                },
            },
            ["image"],
        ),
    },
}

BATCH_BODY: dict[str, Any] = {
    "required": True,
    "description": "Parts `image`, each its file name a relative path; 1,000 parts and 64 MiB at most.",
    "content": {"multipart/form-data": _form({"image": {"type": "array", "items": _IMAGE_PART}}, ["image"])},
}

CONTENT: dict[int | str, dict[str, Any]] = {
    200: {"description": "The bytes.", "content": dict.fromkeys(PICTURE_TYPES, _BINARY)},
    304: {"description": "Still what `If-None-Match` names."},
}
