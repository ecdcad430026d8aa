"""Who may make a call: the API key of a request, before anything of its body is read."""

from typing import Any
from urllib.parse import unquote

from fastapi import Depends
from starlette.requests import Request

from diversity_gateway.calls import kind_of
from diversity_gateway.keys import presented_key
from diversity_gateway.parts import Wired
from diversity_gateway.routes.documentation import problems

# A picture in the page is asked for by the browser, which sends no header of ours; for reading only, so that
# no other site can make a browser write.
COOKIE = "diversity_key"
# For the OpenAPI document; `authorised` looks at the headers itself. As dependencies of the framework they
# would each be worked out anew for every request.
_SCHEMES: dict[str, dict[str, str]] = {
    "HTTPBearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key, where the gateway is set up with keys.",
    },
    "APIKeyHeader": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same."},
    "APIKeyCookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "The same, for GET only.",
    },
}


async def authorised(request: Request, parts: Wired) -> None:
    """Raises Unauthorised or Forbidden."""
    headers, kind = request.headers, kind_of(request.method, request.scope["path"])
    cookie = unquote(request.cookies.get(COOKIE, "")) if kind == "read" else None
    parts.keys.check(kind, presented_key(headers.get("authorization"), headers.get("x-api-key"), cookie))


GUARD = [Depends(authorised)]
REFUSALS = problems(401, 403)


def with_schemes(document: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI `document` with the ways to send a key, at every call that may answer 401."""
    document["components"]["securitySchemes"] = _SCHEMES
    for calls in document["paths"].values():
        for call in calls.values():
            if "401" in call["responses"]:
                call["security"] = [{name: []} for name in _SCHEMES]
    return document
