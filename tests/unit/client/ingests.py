"""An ingest of a drawn folder over a gateway in memory, and what may come between."""

from pathlib import Path

import httpx

from diversity_client.ingesting.journal import Journal
from diversity_client.ingesting.report import Report
from diversity_client.ingesting.run import ingest
from diversity_client.sources.entry import Source
from diversity_client.sources.folder import Folder
from tests.unit.client.fake_gateway import FakeGateway, Interfere


def folder(root: Path, count: int = 10) -> Folder:
    """So many pictures, with captions and classes."""
    (root / "set").mkdir(exist_ok=True)
    for number in range(count):
        (root / f"set/{number}.png").write_bytes(f"picture {number}".encode())
    (root / "set/captions.txt").write_text("".join(f"{n}.png#0\tcaption {n}\n" for n in range(count)))
    return Folder(root)


def run(gateway: FakeGateway, source: Source, journal: Path | None = None, at_once: int = 4) -> Report:
    with gateway.client() as client:
        kept = Journal(journal, client.url)
        try:
            return ingest(client, source, journal=kept, at_once=at_once)
        finally:
            kept.close()


def about(image_id: str, reply: httpx.Response | httpx.TransportError) -> Interfere:
    """What comes of every write of `image_id`."""

    def interfere(request: httpx.Request) -> httpx.Response | None:
        if request.method != "PUT" or not request.url.path.endswith(image_id):
            return None
        if isinstance(reply, httpx.TransportError):
            raise reply
        return reply

    return interfere
