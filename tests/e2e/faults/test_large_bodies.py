"""Bodies past every limit, with and without a length, sent side by side: refused, and memory stays flat."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.faults.footprint import footprint
from tests.e2e.faults.polite_stack import PNG, polite_stack
from tests.fakes.drawn import drawn

MEGABYTE = 1_000_000
ROUNDS = 12
CLIENTS = 4
PARTS = 5_000
HEAD = b"POST /similar HTTP/1.1\r\nHost: g\r\nContent-Type: image/png\r\nContent-Length: 2000000000\r\n\r\n"


def endless() -> Iterator[bytes]:
    """300 MB without a length."""
    for _ in range(300):
        yield b"x" * MEGABYTE


def announced(host: str, port: int) -> int:
    """The status for a body that says it has 2 GB, and of which next to nothing comes."""
    with socket.create_connection((host, port), timeout=60) as connection:
        connection.sendall(HEAD + b"x" * 1_000)
        return int(connection.recv(4_096).split()[1])


def statuses_of(url: str, port: int) -> list[int]:
    """One of each."""
    found = [announced("127.0.0.1", port)]
    parts = [("image", (f"{number}.png", b"x", "image/png")) for number in range(PARTS)]
    with httpx.Client(base_url=url, timeout=60) as client:
        for path in ("/similar", "/images"):
            found.append(client.post(path, files=parts).status_code)
        try:
            found.append(client.post("/similar", content=endless(), headers=PNG).status_code)
        except httpx.TransportError:
            found.append(413)  # closed while it was still sending
    return found


@pytest.mark.heavy
def test_memory_stays_flat(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    statuses = list[int]()
    with polite_stack(tmp_path) as stack:
        gateway = stack.gateway

        def round_() -> float:
            threads = [
                threading.Thread(target=lambda: statuses.extend(statuses_of(gateway.url, gateway.port)))
                for _ in range(CLIENTS)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            return footprint(gateway.pid).memory_mb

        memory = [round_() for _ in range(ROUNDS)]
        served = stack.add("after", 1).status_code
        found = httpx.post(f"{gateway.url}/similar", content=drawn(1), headers=PNG, timeout=60).status_code
    third = ROUNDS // 3
    early, late = max(memory[third : 2 * third]), max(memory[-third:])
    print(f"{early:.0f} MB, then {late:.0f} MB", flush=True)
    record_property("tried requests", len(statuses))
    record_property("lost requests", sum(status not in {400, 413, 429} for status in statuses))
    assert set(statuses) <= {400, 413, 429}
    assert late < early * 1.05 + 5
    assert (served in {201, 202}, found) == (True, 200)
