"""A gateway in memory for tests of the client: a catalogue, and failures on demand.

What it does with a picture is what the real one does as far as an ingest can see it; the contract tests run
the same client against the real one.
"""

import hashlib
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import httpx

from diversity_client.client import Client
from diversity_client.retrying import Retries

PAGE = 3  # entries a page, so that there are several
AGAIN = Retries(attempts=3, patience_s=60)
Interfere = Callable[[httpx.Request], httpx.Response | None]


def problem(status: int, title: str = "T", slug: str = "x", **headers: str) -> httpx.Response:
    """A problem document."""
    document = {
        "type": f"urn:diversity:problem:{slug}",
        "title": title,
        "status": status,
        "detail": f"{title}.",
        "request_id": "r",
    }
    return httpx.Response(status, content=json.dumps(document), headers=headers)


@dataclass
class FakeGateway:
    """`interfere` sees each request first: a reply of its own, an exception, or None."""

    interfere: Interfere = lambda request: None
    images: dict[str, dict[str, Any]] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    pending: list[int] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def client(self) -> Client:
        """A client whose clock goes on by its pauses alone."""
        spent = [0.0]

        def pause(seconds: float) -> None:
            spent[0] += seconds

        return Client(
            "http://gateway",
            transport=httpx.MockTransport(self.answer),
            retries=AGAIN,
            pause=pause,
            now=lambda: spent[0],
        )

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Any request."""
        with self.lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return self.interfere(request) or self._answer(request)
        finally:
            with self.lock:
                self.at_once -= 1

    def _answer(self, request: httpx.Request) -> httpx.Response:
        place = request.url.raw_path.decode().partition("?")[0]
        if request.method == "PUT":
            return self._put(unquote(place.removeprefix("/images/")), request)
        if place == "/images":
            return self._list(request.url.params.get("cursor", ""))
        if place == "/stats":
            left = self.pending.pop(0) if len(self.pending) > 1 else (self.pending or [0])[0]
            view = {"artifact": "a", "indexed": 1, "pending": left, "refused": 0, "reachable": True}
            return httpx.Response(200, json={"catalogue_size": 1, "version": 1, "views": {"drml": view}})
        return httpx.Response(200, json={"status": "ok"})

    def _list(self, after: str) -> httpx.Response:
        later = sorted(image_id for image_id in self.images if image_id > after)
        page = {"images": [self.images[image_id] for image_id in later[:PAGE]], "version": 1}
        following = later[PAGE - 1] if len(later) > PAGE else None
        return httpx.Response(
            200, json={**page, "next_cursor": following, "catalogue_size": len(self.images)}
        )

    def _put(self, image_id: str, request: httpx.Request) -> httpx.Response:
        data, captions, metadata = parts_of(request)
        content_hash = hashlib.sha256(data).hexdigest()
        with self.lock:
            self.writes.append(image_id)
            kept = self.images.get(image_id)
            same = kept is not None and kept["content_hash"] == content_hash
            self.images[image_id] = {
                "image_id": image_id,
                "content_hash": content_hash,
                "media_type": "image/png",
                "width": 1,
                "height": 1,
                "bytes": len(data),
                "captions": captions if captions is not None else kept["captions"] if kept and same else [],
                "metadata": metadata if metadata is not None else kept["metadata"] if kept and same else {},
                "created": "",
                "updated": "",
                "image_url": "",
                "blank": False,
            }
            return httpx.Response(202, json={**self.images[image_id], "searchable": False, "refused": {}})


def parts_of(request: httpx.Request) -> tuple[bytes, list[str] | None, dict[str, Any] | None]:
    """Picture, captions, metadata of a write."""
    content = request.read()
    kind = request.headers["content-type"]
    if not kind.startswith("multipart/"):
        return content, None, None
    pieces = content.split(b"--" + kind.partition("boundary=")[2].encode())[1:-1]
    found = dict[str, list[bytes]]()
    for piece in pieces:
        head, _, body = piece.partition(b"\r\n\r\n")
        name = re.search(rb'name="(\w+)"', head)
        assert name is not None
        found.setdefault(name[1].decode(), []).append(body.removesuffix(b"\r\n"))
    captions = [text.decode() for text in found["caption"] if text] if "caption" in found else None
    metadata = json.loads(found["metadata"][0]) if "metadata" in found else None
    return found["image"][0], captions, metadata
