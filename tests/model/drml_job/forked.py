"""A job's step in a process of its own that has everything loaded: a fork of the test run.

One that starts anew spends 5 to 10 s of a core on its imports, several times what these trainings take.
"""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping

from torch.distributed import TCPStore  # type: ignore[attr-defined]  # not among its declared exports

Step = Callable[[], None]


def start(step: Step, arguments: list[str], environment: Mapping[str, str] | None = None) -> int:
    """The id of a child that runs a step's `main` under this command line."""
    if pid := os.fork():
        return pid
    # Whatever happens, the child must not go on as a second test run.
    status = 1
    try:
        os.environ.update(environment or {})
        sys.argv = arguments
        step()
        status = 0
    except BaseException:  # noqa: BLE001  said, and seen in the exit status
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def end_of(pid: int) -> int:
    """The exit status of a child that is waited for; of one that a signal ended, its negative number."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def several(step: Step, arguments: list[str], count: int) -> list[int]:
    """The exit statuses of `count` children, each told what torchrun tells its own.

    As there, one that fails ends the others, which would wait for it.
    """
    store = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
    group = {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(store.port),
        "TORCHELASTIC_RUN_ID": "test",
        "TORCHELASTIC_RESTART_COUNT": "0",
        "TORCHELASTIC_USE_AGENT_STORE": "True",
        "WORLD_SIZE": str(count),
    }
    own = [{"RANK": str(rank), "LOCAL_RANK": str(rank)} for rank in range(count)]
    running = [start(step, arguments, group | each) for each in own]
    ended: dict[int, int] = {}
    while len(ended) < count:
        for pid in running:
            if pid not in ended and os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                ended[pid] = end_of(pid)
        if any(ended.values()):
            for pid in running:
                if pid not in ended:
                    os.kill(pid, signal.SIGKILL)
                    ended[pid] = end_of(pid)
        time.sleep(0.02)
    return [ended[pid] for pid in running]
