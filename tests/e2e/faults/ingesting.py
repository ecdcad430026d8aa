"""Ingests in processes that are killed: `python -m tests.e2e.faults.ingesting STATE ACKNOWLEDGED`.

There is no HTTP. Process K, forked from this one, is killed at step K. It puts picture K - 1 again, which the
one before may have left at any step, then picture K under a new id and in the place of `again`, and deletes
what K - 2 put. After each call that returned it appends a line to ACKNOWLEDGED: the id, and what it now is.
The last process comes to no such step. Each is told on standard output; a line on standard input follows.
"""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from diversity_contracts.pictures import content_hash
from diversity_contracts.problems import UnknownId
from diversity_gateway.catalogue import Catalogue
from diversity_gateway.content_files import ContentFiles
from diversity_gateway.ingest import Ingest, Statement
from tests.e2e.faults.steps import Steps
from tests.fakes.drawn import drawn

SIZE = (24, 18)
GONE = "gone"


def writes(number: int) -> Iterator[tuple[str, bytes | None]]:
    """What process `number` does: an id, and the picture or None for a deletion."""
    yield f"p{number - 1}", drawn(number - 1, size=SIZE)
    yield f"p{number}", drawn(number, size=SIZE)
    yield "again", drawn(number, size=SIZE)
    yield f"p{number - 2}", None


def content_of(picture: bytes | None) -> str:
    """What an id is once `picture` was put, or None deleted: a content hash, or GONE."""
    return GONE if picture is None else content_hash(picture)


async def ingest(state: Path, number: int, acknowledged: int) -> None:
    catalogue = Catalogue(state / "catalogue.sqlite")
    taking = Ingest(catalogue, ContentFiles(state), [])
    for image_id, picture in writes(number):
        if picture is not None:
            await taking.put(image_id, Statement(picture))
        else:
            with suppress(UnknownId):
                await taking.delete(image_id)
        told = content_of(picture)
        os.write(acknowledged, f"{image_id} {told}\n".encode())
    catalogue.close()


def killed(state: Path, number: int, acknowledged: int) -> bool:
    """Whether process `number` came to its step."""
    pid = os.fork()
    if pid == 0:
        Steps(str(state), number).install()
        asyncio.run(ingest(state, number, acknowledged))
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    if not os.WIFSIGNALED(status) and status:
        raise RuntimeError(f"process {number} failed by itself")
    return os.WIFSIGNALED(status)


def main() -> None:
    state = Path(sys.argv[1])
    acknowledged = os.open(sys.argv[2], os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    number, going = 1, True
    while going:
        going = killed(state, number, acknowledged)
        print(f"{number} {'killed' if going else 'done'}", flush=True)
        sys.stdin.readline()
        number += 1


if __name__ == "__main__":
    main()
