"""What the OpenAPI document says beyond types: bodies, errors, real examples."""

from typing import Any

from diversity_contracts.problems import MEDIA_TYPE, Problem

PICTURE_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp", "image/tiff")
BINARY = {"schema": {"type": "string", "format": "binary"}}
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
    404: ("unknown-id", "No such entry", "There is no picture 'animals/fish/coraltrout'."),
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


def form(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    """A multipart body of these parts and no others."""
    return {
        "schema": {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        }
    }


IMAGE_PART = {
    "type": "string",
    "format": "binary",
    "description": "The picture, at most 32 MiB and 40 megapixels.",
}

PUT_BODY: dict[str, Any] = {
    "required": True,
    "description": "The picture itself, or a form that also says something of it.",
    "content": {
        **dict.fromkeys(PICTURE_TYPES, BINARY),
        "multipart/form-data": form(
            {
                "image": IMAGE_PART,
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
    "content": {"multipart/form-data": form({"image": {"type": "array", "items": IMAGE_PART}}, ["image"])},
}

CONTENT: dict[int | str, dict[str, Any]] = {
    200: {"description": "The bytes.", "content": dict.fromkeys(PICTURE_TYPES, BINARY)},
    304: {"description": "Still what `If-None-Match` names."},
}
