"""kill -9 of the gateway and of the views at random moments of an ingest: nothing acknowledged is lost.

Each of KILLS rounds (20) sends pictures from several threads and kills one process or several at a random
moment. A write whose reply came back is *acknowledged*; one whose connection broke is *open*: it may be
there, whole, or not at all. KILL_SEED repeats a sequence of rounds; the moments inside a process are its own.

What a kill can spoil, the gateway's and both views' state on the disk, is all real; the heavy test has the
networks too, whose start takes most of its time.
"""

import os
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from diversity_contracts.pictures import content_hash
from tests.e2e.stack import Stack
from tests.fakes.drawn import drawn

KILLS = int(os.environ.get("KILLS", "20"))
PICTURES = 300
THREADS = 4
INDEXED_S = 240.0  # for all pictures into both views, on cores that other work has too
LATEST = 60  # of the last writes before a kill the bytes are read back; of all at the end
SIZE = (24, 18)  # small enough that writing, not decoding, is what a kill interrupts


@dataclass
class Ledger:
    """What the client knows: per id the hash acknowledged last (None: deleted), and what is still open.

    `lost` are the ids that were found to be something else, or not whole.
    """

    acknowledged: dict[str, str | None] = field(default_factory=dict)
    open: dict[str, set[str | None]] = field(default_factory=dict)
    attempts: list[str] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def attempt(self, image_id: str, content: str | None) -> None:
        with self.lock:
            self.open.setdefault(image_id, set()).add(content)
            self.attempts.append(image_id)

    def settle(self, image_id: str, content: str | None) -> None:
        with self.lock:
            self.acknowledged[image_id] = content
            self.open.pop(image_id, None)

    def allowed(self, image_id: str) -> set[str | None]:
        return {self.acknowledged.get(image_id), *self.open.get(image_id, set())}

    def latest(self) -> set[str]:
        return {*self.attempts[-LATEST:], *self.open}

    def ids(self) -> set[str]:
        return self.acknowledged.keys() | self.open.keys()


def send(url: str, ledger: Ledger, numbers: list[int], stop: threading.Event, salt: int) -> int:
    """Write the pictures until the gateway dies; every seventh is deleted, every eleventh replaced."""
    done = 0
    with httpx.Client(base_url=url, timeout=30) as client:
        for number in numbers:
            if stop.is_set():
                break
            image_id = f"set/{number}"
            deletes = number % 7 == 0 and ledger.acknowledged.get(image_id) is not None
            data = drawn(number + (1_000 * salt if number % 11 == 0 else 0), size=SIZE)
            content = None if deletes else content_hash(data)
            ledger.attempt(image_id, content)
            try:
                if deletes:
                    reply = client.delete(f"/images/{image_id}?wait=false")
                else:
                    reply = client.put(
                        f"/images/{image_id}",
                        params={"wait": "false"},
                        content=data,
                        headers={"Content-Type": "image/png"},
                    )
            except httpx.TransportError:
                break  # open: the reply never came
            if reply.status_code == 404 and deletes:
                reply.status_code = 204
            assert reply.status_code in {200, 201, 202, 204}, reply.text
            ledger.settle(image_id, content)
            done += 1
    return done


def check_catalogue(url: str, ledger: Ledger, read: set[str] | None = None) -> dict[str, str]:
    """The listed hashes by id; what is in no allowed state, or not whole, is noted as lost.

    Args:
        read: whose bytes are read and compared; None: every picture's.
    """
    listed: dict[str, str] = {}
    with httpx.Client(base_url=url, timeout=30) as client:
        parameters = {"limit": "1000"}
        while True:
            page = client.get("/images", params=parameters).json()
            listed |= {entry["image_id"]: entry["content_hash"] for entry in page["images"]}
            if page["next_cursor"] is None:
                break
            parameters["cursor"] = page["next_cursor"]
        assert page["catalogue_size"] == len(listed)
        for image_id in ledger.ids() | listed.keys():
            if listed.get(image_id) not in ledger.allowed(image_id):
                ledger.lost.add(image_id)
        for image_id, expected in listed.items():
            if read is None or image_id in read:
                found = content_hash(client.get(f"/images/{image_id}/content").content)
                if found != expected:
                    ledger.lost.add(image_id)
            ledger.settle(image_id, expected)  # an open write that made it is a fact from now on
    for image_id in ledger.ids() - listed.keys():
        ledger.settle(image_id, None)
    return listed


def check_index(stack: Stack, listed: dict[str, str]) -> None:
    """The views hold exactly the catalogue, each picture under the vector and the sentence of its bytes."""
    stack.wait_indexed(INDEXED_S)
    query = drawn(1, size=SIZE)
    headers = {"Content-Type": "image/png"}
    for view, end in ((stack.drml, "nearest"), (stack.caption, "similar")):
        assert httpx.get(view.url + "/model", timeout=30).json()["count"] == len(listed)
        reply = httpx.post(f"{view.url}/{end}?n=100000", content=query, headers=headers, timeout=30)
        assert {entry["image_id"] for entry in reply.json()["results"]} == set(listed)
    for image_id, content in random.Random(0).sample(sorted(listed.items()), min(15, len(listed))):
        data = httpx.get(f"{stack.gateway.url}/images/{image_id}/content").content
        found = httpx.post(
            f"{stack.gateway.url}/similar?n=100", content=data, headers=headers, timeout=30
        ).json()
        same = {entry["image_id"]: entry for entry in found["results"]}
        assert same[image_id]["views"]["drml"]["distance"] == 0, (image_id, content)
        assert same[image_id]["caption"] == found["query"]["caption"], (image_id, content)
        assert found["exact"] is True


@pytest.mark.slow
@pytest.mark.parametrize("views", ["light", pytest.param("networks", marks=pytest.mark.heavy)])
def test_nothing_acknowledged_is_lost(
    tmp_path: Path, views: str, record_property: Callable[[str, object], None]
) -> None:
    source = random.Random(int(os.environ.get("KILL_SEED", "1")))
    ledger, cut_short, killed = Ledger(), 0, 0
    settings = {"VIEW_DEADLINE_S": "20"}
    with Stack(tmp_path, two_views=True, light=views == "light", settings=settings) as stack:
        began = time.monotonic()
        pace = max(0.2, _time_of(stack, ledger) * PICTURES / THREADS)  # seconds a whole ingest takes here
        for kill in range(1, KILLS + 1):
            victims = source.choice(
                [
                    (stack.gateway,),
                    (stack.gateway,),
                    (stack.drml,),
                    (stack.caption,),
                    (stack.gateway, stack.drml),
                    (stack.gateway, stack.drml, stack.caption),
                ]
            )
            numbers = source.sample(range(PICTURES), PICTURES)
            stop = threading.Event()
            with ThreadPoolExecutor(THREADS) as threads:
                writers = [
                    threads.submit(send, stack.gateway.url, ledger, numbers[part::THREADS], stop, kill)
                    for part in range(THREADS)
                ]
                time.sleep(source.uniform(0.02, 0.8) * pace)
                for victim in victims:
                    victim.kill()
                killed += len(victims)
                if stack.gateway not in victims:
                    time.sleep(0.2)  # writes go on without the views
                stop.set()
                written = sum(writer.result() for writer in writers)
            cut_short += written < PICTURES
            for victim in victims:
                victim.start()
            for victim in victims:
                victim.wait_ready("/healthz")
            listed = check_catalogue(stack.gateway.url, ledger, ledger.latest())
            if ledger.lost:
                break
        for view in stack.views:
            view.wait_ready()
        listed = check_catalogue(stack.gateway.url, ledger)
        record_property("tried kills", killed)
        record_property("tried pictures", len(ledger.ids()))
        record_property("lost pictures", len(ledger.lost))
        assert ledger.lost == set()
        check_index(stack, listed)
        # The rest of the ingest: the catalogue goes on working after all this.
        missing = [number for number in range(PICTURES) if ledger.acknowledged.get(f"set/{number}") is None]
        send(stack.gateway.url, ledger, missing, threading.Event(), 0)
        listed = check_catalogue(stack.gateway.url, ledger)
        assert (len(listed), ledger.lost) == (PICTURES, set())
        check_index(stack, listed)
        print(f"{KILLS} kills, {cut_short} of them in mid-ingest, {time.monotonic() - began:.0f} s")
    assert cut_short >= KILLS // 2  # else the kills came too late to prove anything


def _time_of(stack: Stack, ledger: Ledger) -> float:
    """Seconds one write takes on this machine."""
    started = time.monotonic()
    written = send(stack.gateway.url, ledger, list(range(20)), threading.Event(), 0)
    return (time.monotonic() - started) / written
