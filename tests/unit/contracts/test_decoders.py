"""Decoding in other processes: the same pictures and refusals, whatever happens to those processes."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from diversity_contracts import pictures
from diversity_contracts.decoders import Decoders, decoding
from diversity_contracts.problems import NotAPicture, NotReady, TooLarge
from diversity_contracts.reductions import Reduction
from tests.fakes.breaking_decoder import ABORT, ABOUT, HANG, LIE, ONCE, PROGRAM
from tests.fakes.drawn import draw, drawn, encoded
from tests.fakes.hostile import KINDS

PATIENCE_S = 60.0
LIMIT_S = 1.0  # far past what a drawn picture takes
REDUCTIONS = (
    None,
    Reduction(24, "cover"),
    Reduction(40, "squash", "box"),
    Reduction(32, "within", "lanczos"),
)


@pytest.fixture
def decoders() -> Iterator[Decoders]:
    """A single process at a time, of a decoder that can be made to fail."""
    made = Decoders(1, seconds=LIMIT_S, program=PROGRAM)
    yield made
    made.close()


def process_of(decoders: Decoders) -> int:
    """The id of the one that is idle."""
    return decoders.decode(ABOUT).width


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def until_gone(*processes: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while any(map(is_there, processes)):
        assert time.monotonic() < deadline, processes
        time.sleep(0.01)


def parent_of(process: int) -> int:
    """From the fourth field of Linux's `stat`, past a name in brackets."""
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def test_pictures_are_those_that_this_process_decodes() -> None:
    with decoding(2) as decode:
        for kind in KINDS:
            data = drawn(3, size=(120, 90), kind=kind)
            for reduction in REDUCTIONS:
                there = decode(data, max_pixels=20_000, reduction=reduction)
                here = pictures.decode(data, max_pixels=20_000, reduction=reduction)
                assert np.array_equal(np.asarray(there.image), np.asarray(here.image)), (kind, reduction)
                assert (there.media_type, there.width, there.height) == (here.media_type, 120, 90)


def test_no_processes_are_this_one() -> None:
    with decoding(0) as decode:
        assert decode is pictures.decode


def test_refusals_are_passed_on_and_cost_no_process(decoders: Decoders) -> None:
    process = process_of(decoders)
    with pytest.raises(NotAPicture, match="none of the accepted picture formats"):
        decoders.decode(b"hello")
    with pytest.raises(TooLarge, match="64×48 pixels"):
        decoders.decode(drawn(1), max_pixels=10)
    assert process_of(decoders) == process


def test_a_picture_that_crashes_its_decoder_is_refused_and_the_next_is_fine(decoders: Decoders) -> None:
    process = process_of(decoders)
    for broken in (ABORT, LIE):
        with pytest.raises(NotAPicture, match="crashes"):
            decoders.decode(broken)
        assert decoders.decode(drawn(1)).width == 64
    assert process_of(decoders) != process
    until_gone(process)


def test_what_hangs_is_ended_in_time_and_the_next_is_fine(decoders: Decoders) -> None:
    process = process_of(decoders)
    began = time.monotonic()
    with pytest.raises(NotAPicture, match="too long"):
        decoders.decode(HANG)
    assert time.monotonic() - began >= LIMIT_S
    until_gone(process)
    assert decoders.decode(drawn(1)).width == 64


def test_a_picture_is_tried_again_in_case_it_was_not_its_fault(decoders: Decoders, tmp_path: Path) -> None:
    mark = tmp_path / "crashed"
    picture = decoders.decode(ONCE + os.fsencode(mark) + b"\0" + drawn(1))
    assert mark.exists()
    assert np.array_equal(np.asarray(picture.image), np.asarray(draw(1)))


def test_processes_and_their_program_may_be_killed(decoders: Decoders) -> None:
    process = process_of(decoders)
    os.kill(process, signal.SIGKILL)
    until_gone(process)
    second = process_of(decoders)
    program = parent_of(second)
    os.kill(program, signal.SIGKILL)
    os.kill(second, signal.SIGKILL)
    assert decoders.decode(drawn(1)).width == 64
    assert parent_of(process_of(decoders)) != program


def test_a_signal_to_all_of_a_service_leaves_them_at_work(decoders: Decoders) -> None:
    process = process_of(decoders)
    for ending in (signal.SIGINT, signal.SIGTERM):
        os.kill(parent_of(process), ending)
        os.kill(process, ending)
    assert process_of(decoders) == process


def test_without_a_program_nothing_is_said_of_the_picture() -> None:
    decoders = Decoders(1, program="tests.fakes.drawn")  # which ends at once
    with pytest.raises(NotReady):
        decoders.decode(drawn(1))
    decoders.close()
    with pytest.raises(NotReady):
        decoders.decode(drawn(1))


def test_there_are_no_more_than_allowed() -> None:
    decoders = Decoders(2, program=PROGRAM)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: process_of(decoders), range(64)))
    assert 1 <= len(set(found)) <= 2
    decoders.close()
    until_gone(*set(found))


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="threads have no niceness of their own")
def test_they_give_way_where_those_who_ask_do() -> None:
    decoders = Decoders(1, program=PROGRAM)
    usual = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    def nicely() -> tuple[int, int]:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), usual + 3)
        picture = decoders.decode(ABOUT)
        return picture.width, picture.height - 20

    assert decoders.decode(ABOUT).height - 20 == usual
    with ThreadPoolExecutor(1) as thread:
        process, niceness = thread.submit(nicely).result()
    assert niceness == usual + 3
    assert process != process_of(decoders)
    decoders.close()


def test_a_large_picture_and_a_large_file_go_through() -> None:
    image = draw(5, size=(1_500, 1_200))
    with decoding(1) as decode:
        picture = decode(encoded(image, "BMP"))
    assert np.array_equal(np.asarray(picture.image), np.asarray(image))


def test_a_process_that_is_stopped_is_given_up(tmp_path: Path) -> None:
    """Nothing but its answer is waited for, and not for ever: the kernel's clock cannot end it now."""
    decoders = Decoders(1, seconds=0.05, program=PROGRAM, grace_s=0.05)
    process = process_of(decoders)
    os.kill(process, signal.SIGSTOP)
    with pytest.raises(NotAPicture, match="too long"):
        decoders.decode(drawn(1))
    os.kill(process, signal.SIGCONT)
    until_gone(process)
    decoders.close()


def test_a_service_that_is_killed_leaves_nothing_behind() -> None:
    """Neither the program nor the process that is idle nor the one that is caught in its decoder."""
    service = subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.decoding_service"], stdout=subprocess.PIPE, text=True
    )
    assert service.stdout is not None
    processes = [int(word) for word in service.stdout.readline().split()]
    assert len(processes) == 3
    assert all(map(is_there, processes))
    service.kill()
    service.wait()
    service.stdout.close()
    until_gone(*processes)
