"""Who may make a call: the API key of a request, before anything of its body is read."""

from urllib.parse import unquote

from fastapi import Depends, Security
from fastapi.security import APIKeyCookie, APIKeyHeader, HTTPBearer
from starlette.requests import Request

from diversity_gateway.calls import kind_of
from diversity_gateway.keys import presented_key
from diversity_gateway.parts import Wired
from diversity_gateway.routes.documentation import problems

# A picture in the page is asked for by the browser, which sends no header of ours; for reading only, so that
# no other site can make a browser write.
COOKIE = "diversity_key"
_SCHEMES = (
    HTTPBearer(auto_error=False, description="An API key, where the gateway is set up with keys."),
    APIKeyHeader(name="X-API-Key", auto_error=False, description="The same."),
    APIKeyCookie(name=COOKIE, auto_error=False, description="The same, for GET only."),
)


async def authorised(request: Request, parts: Wired) -> None:
    """Raises Unauthorised or Forbidden."""
    headers, kind = request.headers, kind_of(request.method, request.url.path)
    cookie = unquote(request.cookies.get(COOKIE, "")) if kind == "read" else None
    parts.keys.check(kind, presented_key(headers.get("authorization"), headers.get("x-api-key"), cookie))


# The schemes are there for the OpenAPI document; `authorised` looks at the headers itself.
GUARD = [Depends(authorised), *(Security(scheme) for scheme in _SCHEMES)]
REFUSALS = problems(401, 403)
