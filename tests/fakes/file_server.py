"""A file server on this machine, with the faults of real ones: it breaks off, knows no ranges, says no."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass
class FileServer:
    """One file under any path. `cuts` are the byte counts after which the next connections break off,
    `statuses` what the next requests are answered with instead; both are used up in order."""

    content: bytes
    ranges: bool = True
    announce: bool = True  # Content-Length; without it the end of the connection ends the file
    cuts: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    asked: list[str | None] = field(default_factory=list)  # the Range of every request
    address: str = ""

    def url(self, name: str) -> str:
        return f"{self.address}/{name}"


@contextmanager
def running(server: FileServer) -> Iterator[FileServer]:
    """The server on a free port of this machine until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self, server)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        server.address = f"http://127.0.0.1:{http.server_port}"
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()


def answer(request: BaseHTTPRequestHandler, server: FileServer) -> None:
    wanted = request.headers["Range"]
    server.asked.append(wanted)
    if server.statuses:
        request.send_response(server.statuses.pop(0))
        request.send_header("Content-Length", "0")
        request.end_headers()
        return
    total = len(server.content)
    start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and server.ranges else 0
    if start >= total:
        request.send_response(416)
        request.send_header("Content-Length", "0")
        request.end_headers()
        return
    body = server.content[start:]
    request.send_response(206 if start else 200)
    if start:
        request.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
    if server.announce:
        request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body[: server.cuts.pop(0)] if server.cuts else body)
