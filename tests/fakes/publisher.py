"""Publishes in processes that are killed: `python -m tests.fakes.publisher ROOT MODE ...`.

    steps            one process for each step of publishing, killed when it comes to that step; then one that
                     is not killed. A step is anything Python asks of the file system.
    random KILLS SEED  pairs of processes publish side by side, each killed after a random time
    many COUNT       publishes COUNT times, killed by nobody

Every process is forked from this one, which prints a line for each and waits for a line in return, so that
the volume can be looked at in between.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

from tests.fakes.live_view import publish_word

PREFIXES = ("open", "os.", "shutil.", "pathlib.")
LONGEST_S = 0.03  # a whole publishing takes 5 to 10 ms


def kill_at(step: int) -> None:
    """End this process by SIGKILL when it comes to its `step`th step, counted from 1."""
    left = step

    def hook(event: str, _: object) -> None:
        nonlocal left
        if event.startswith(PREFIXES):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def forked(root: Path, word: str, step: int | None) -> int:
    """A process that publishes; its id."""
    pid = os.fork()
    if pid == 0:
        if step is not None:
            kill_at(step)
        publish_word(root, word)
        os._exit(0)
    return pid


def told(line: str) -> None:
    print(line, flush=True)
    sys.stdin.readline()


def steps(root: Path) -> None:
    step, killed = 1, True
    while killed:
        _, status = os.waitpid(forked(root, f"step {step}", step), 0)
        killed = os.WIFSIGNALED(status)
        told(f"step {step} {'killed' if killed else 'published'}")
        step += 1


def at_random(root: Path, kills: int, seed: int) -> None:
    source, done = random.Random(seed), 0
    while done < kills:
        pids = [forked(root, f"kill {done} {number}", None) for number in range(2)]
        for pid in pids:
            time.sleep(source.random() * LONGEST_S)
            os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
            done += os.WIFSIGNALED(status)
        told(f"{done} killed")


def main() -> None:
    root, mode = Path(sys.argv[1]), sys.argv[2]
    if mode == "steps":
        steps(root)
    elif mode == "random":
        at_random(root, int(sys.argv[3]), int(sys.argv[4]))
    else:
        for number in range(int(sys.argv[3])):
            publish_word(root, f"{os.getpid()} {number}")


if __name__ == "__main__":
    main()
