"""The gateway's public API as the demo uses it."""

import json
import mimetypes
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from demo.failures import DemoFailed
from demo.folder import FolderPicture

PAGE = 1_000
PATIENCE_S = 30.0  # how long a busy gateway is asked again
BUSY = frozenset({httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE})


class Refused(Exception):
    """The gateway does not take this picture; the message says why."""


class Catalogue:
    """A client of one gateway; its methods may be called from several threads."""

    def __init__(self, url: str, transport: httpx.BaseTransport | None = None) -> None:
        self._client = httpx.Client(base_url=url, timeout=30.0, trust_env=False, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def entries(self) -> Iterator[dict[str, Any]]:
        """Every entry of the catalogue, page by page."""
        cursor: str | None = None
        while True:
            parameters = {"limit": str(PAGE)} | ({} if cursor is None else {"cursor": cursor})
            page = self._json(self._client.get("/images", params=parameters))
            yield from page["images"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def put(self, picture: FolderPicture) -> None:
        """Add or replace one picture, without waiting until it is searchable.

        Raises Refused if the gateway will not have it, DemoFailed if the gateway is not well.
        """
        data = picture.path.read_bytes()
        media_type = mimetypes.guess_type(picture.path.name)[0] or "application/octet-stream"
        form: list[tuple[str, tuple[str | None, bytes, str]]] = [
            ("image", (picture.path.name, data, media_type)),
            ("metadata", (None, json.dumps(picture.metadata).encode(), "application/json")),
        ]
        form += [("caption", (None, caption.encode(), "text/plain")) for caption in picture.captions]
        place = f"/images/{quote(picture.image_id, safe='')}"
        give_up = time.monotonic() + PATIENCE_S
        while True:
            reply = self._client.put(place, params={"wait": "false"}, files=form)
            if reply.status_code not in BUSY or time.monotonic() > give_up:
                break
            time.sleep(min(float(reply.headers.get("Retry-After", "1")), PATIENCE_S))
        if reply.is_client_error and reply.status_code not in BUSY:
            raise Refused(_detail(reply))
        self._json(reply)

    def pending(self) -> int:
        """How many changes the views have yet to take in, each view's counted."""
        views = self._json(self._client.get("/stats"))["views"]
        return sum(view["pending"] for view in views.values())

    def ask(self, mode: str, image_id: str) -> dict[str, Any]:
        """The five best of `mode` (divergent or similar) for a picture of the catalogue."""
        return self._json(self._client.post(f"/{mode}", params={"n": "5"}, json={"image_id": image_id}))

    def _json(self, reply: httpx.Response) -> dict[str, Any]:
        if not reply.is_success:
            raise DemoFailed(
                f"The gateway answered {reply.status_code} to {reply.request.method} "
                f"{reply.request.url.path}: {_detail(reply)}"
            )
        value: dict[str, Any] = reply.json()
        return value


def _detail(reply: httpx.Response) -> str:
    try:
        return str(reply.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return reply.text[:300]
