"""Services as child processes, with a small real one."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import demo
from demo.failures import DemoFailed
from demo.processes import Service, check_port

READY = """
import http.server, os, signal, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path in ("/readyz", "/model") else 404)
        self.end_headers()
        self.wfile.write(b'{"state": "failed", "refusal": "its hash differs"}')
print("pid", os.getpid(), os.environ["GREETING"], flush=True)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(print("asked to stop")))
http.server.ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
"""

KILLED_PARENT = """
import sys, time
from pathlib import Path
from demo.processes import Service
port, log = int(sys.argv[1]), Path(sys.argv[2])
with Service("small_service", port=port, settings={"GREETING": "x"}, log=log) as child:
    child.wait_ready(20)
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def service(tmp_path: Path, free_port: int) -> Callable[[str], Service]:
    def make(source: str) -> Service:
        (tmp_path / "small_service.py").write_text(source)
        settings = {"PYTHONPATH": str(tmp_path), "GREETING": "hello"}
        return Service("small_service", port=free_port, settings=settings, log=tmp_path / "logs/service.log")

    return make


def _is_alive(pid: int) -> bool:
    try:
        # A zombie answers signal 0 too; nobody but its parent can end that.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _wait_gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while _is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not _is_alive(pid)


def _pid(log: Path) -> int:
    return int(log.read_text().split()[1])


def test_a_service_runs_while_the_block_does(service: Callable[[str], Service], tmp_path: Path) -> None:
    log = tmp_path / "logs/service.log"
    with service(READY) as child:
        child.wait_ready(20)
        child.check_alive()
        pid = _pid(log)
        assert _is_alive(pid)
    assert not _is_alive(pid)
    assert log.read_text().splitlines() == [
        f"pid {pid} hello",
        *log.read_text().splitlines()[1:-1],
        "asked to stop",
    ]


def test_a_service_that_ends_is_reported_with_the_end_of_its_log(service: Callable[[str], Service]) -> None:
    with (
        service("print('first'); raise SystemExit('no model here')") as child,
        pytest.raises(DemoFailed, match=r"ended with status 1(.|\n)*first\n    no model here"),
    ):
        child.wait_ready(20)


def test_a_service_that_is_never_ready_is_reported_and_ended(service: Callable[[str], Service]) -> None:
    with (
        service(READY.replace("/readyz", "/other").replace("failed", "loading")) as child,
        pytest.raises(DemoFailed, match="not ready after 1 s"),
    ):
        child.wait_ready(1)


def test_a_view_without_a_model_gives_its_reason_at_once(service: Callable[[str], Service]) -> None:
    with (
        service(READY.replace('"/readyz", ', "")) as child,
        pytest.raises(DemoFailed, match="no model to serve: its hash differs"),
    ):
        child.wait_ready(20)


def test_a_service_that_ignores_the_request_to_stop_is_killed(
    service: Callable[[str], Service], tmp_path: Path
) -> None:
    deaf = READY.replace('lambda *_: sys.exit(print("asked to stop"))', "signal.SIG_IGN")
    child = service(deaf)
    with child:
        child.wait_ready(20)
        pid = _pid(tmp_path / "logs/service.log")
        child.stop(patience_s=0.2)
        assert not _is_alive(pid)


def test_not_even_a_killed_parent_leaves_its_service_behind(tmp_path: Path, free_port: int) -> None:
    (tmp_path / "small_service.py").write_text(READY)
    log = tmp_path / "service.log"
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            KILLED_PARENT,
            str(free_port),
            str(log),
        ],
        env=os.environ | {"PYTHONPATH": f"{Path(demo.__file__).parents[1]}:{tmp_path}"},
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    with parent.stdout:
        assert parent.stdout.readline() == b"ready\n"
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert _wait_gone(_pid(log))


def test_a_port_that_somebody_listens_on_is_said_to_be_taken(free_port: int) -> None:
    check_port(free_port)
    with (
        socket.create_server(("127.0.0.1", free_port)),
        pytest.raises(DemoFailed, match=f"Port {free_port} "),
    ):
        check_port(free_port)
    check_port(free_port)
