"""What the OpenAPI document says beyond types: bodies, errors, real examples."""

from typing import Any

from diversity_contracts.problem_examples import problem_reply
from diversity_contracts.problems import (
    FieldProblem,
    Forbidden,
    InvalidParameter,
    MalformedRequest,
    NoSpace,
    NotAPicture,
    NotReady,
    ProblemError,
    SlowBody,
    StaleCursor,
    TooLarge,
    TooManyRequests,
    Unauthorised,
    UnknownId,
    UnsupportedType,
)

PICTURE_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp", "image/tiff")
BINARY = {"schema": {"type": "string", "format": "binary"}}
_SHOWN: dict[int, tuple[ProblemError, ...]] = {
    400: (
        NotAPicture("The picture is truncated or broken and cannot be decoded."),
        MalformedRequest("The body is not valid JSON."),
    ),
    401: (Unauthorised("Send an API key, as `Authorization: Bearer …` or as `X-API-Key`."),),
    403: (Forbidden("This call needs a key with the scope `write`."),),
    404: (UnknownId("There is no picture 'animals/fish/coraltrout'."),),
    408: (SlowBody("The body came at less than 64 KiB a second after 10 s."),),
    410: (
        StaleCursor(
            "The catalogue or an artifact has changed since the first page; start again without `cursor`."
        ),
    ),
    413: (
        TooLarge("The body is larger than 33,554,432 bytes."),
        TooLarge("The picture has 10000×5000 pixels; at most 40,000,000 are accepted, and 32,768 a side."),
    ),
    415: (
        UnsupportedType(
            "The body's type is 'text/html'; send a picture (image/jpeg, image/png, image/webp, image/gif, "
            "image/bmp, image/tiff), multipart/form-data or application/json."
        ),
    ),
    422: (
        InvalidParameter(
            "`query.n`: Input should be less than or equal to 100",
            errors=[FieldProblem(location="query.n", detail="Input should be less than or equal to 100")],
        ),
    ),
    429: (TooManyRequests("Too many requests at once."),),
    503: (
        NotReady("No view that ranks answers at the moment."),
        NotReady("A view does not answer: caption."),
    ),
    507: (NoSpace("The disk that holds the pictures is full."),),
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documented failures with these statuses, with examples of each."""
    return {status: problem_reply(_SHOWN[status][0].title, *_SHOWN[status]) for status in statuses}


def shown(description: str, example: object) -> dict[str, Any]:
    """A reply in JSON with an example."""
    return {"description": description, "content": {"application/json": {"example": example}}}


def form(properties: dict[str, Any], required: list[str], **examples: dict[str, Any]) -> dict[str, Any]:
    """A multipart body of these parts and no others. In `examples` a picture stands as its file's name."""
    return {
        "schema": {
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        },
        "examples": {name.replace("_", " "): {"value": example} for name, example in examples.items()},
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
            with_captions={
                "image": "coraltrout.png",
                "caption": ["A coral trout."],
                "metadata": {"class": "animals/fish"},
            },
        ),
    },
}

BATCH_BODY: dict[str, Any] = {
    "required": True,
    "description": "Parts `image`, each its file name a relative path; 1,000 parts and 64 MiB at most.",
    "content": {
        "multipart/form-data": form(
            {"image": {"type": "array", "items": IMAGE_PART, "description": "The pictures."}},
            ["image"],
            two_pictures={"image": ["animals/fish/coraltrout.png", "food/vegetables/corn.png"]},
        )
    },
}

CONTENT: dict[int | str, dict[str, Any]] = {
    200: {"description": "The bytes.", "content": dict.fromkeys(PICTURE_TYPES, BINARY)},
    304: {"description": "Still what `If-None-Match` names."},
}
