"""The program that decodes for a service: `python -m diversity_contracts.decoding_worker SOCKET SECONDS`.

It has read Pillow once. For each socket that it is sent over SOCKET it forks a process of a few megabytes of
its own, which decodes what comes over that socket, one picture after the other, and ends when the socket
does. What happens to one of them happens to nobody else. They outlive the service by SECONDS at most: an idle
one reads the end of its socket, and one at work is ended by the kernel's alarm clock, whatever its decoder
is caught in.
"""

import os
import resource
import signal
import socket
import sys

from PIL import Image

from diversity_contracts import decoding_frames as frames
from diversity_contracts.pictures import Decode, decode
from diversity_contracts.problems import NotAPicture, TooLarge

# Far above what a picture of the most pixels takes; a decoder that wants more is refused it, and the picture.
_MEMORY = 4 * 1024 * 1024 * 1024
READY = b"+"  # a process's first word: what happens before it is no picture's doing
LOWEST = 20  # a niceness is -20 at least; it is sent as a byte, this much more


def main(decode: Decode = decode) -> None:
    """Fork a process for every socket that comes, until the service is gone."""
    control, seconds = socket.socket(fileno=int(sys.argv[1])), float(sys.argv[2])
    # Whoever ends the service and all that belongs to it by a signal lets it finish what is in work.
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # it ends the process
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    Image.preinit()
    Image.init()
    while True:
        niceness, sockets, _, _ = socket.recv_fds(control, 1, 1)
        if not niceness:
            return
        with socket.socket(fileno=sockets[0]) as channel:
            if os.fork() == 0:
                control.close()
                _be_as_nice(niceness[0] - LOWEST)
                channel.sendall(READY)
                _serve(channel, decode, seconds)
                os._exit(0)


def _be_as_nice(niceness: int) -> None:
    # An ordinary user may not lower what the program was given.
    os.setpriority(os.PRIO_PROCESS, 0, max(niceness, os.getpriority(os.PRIO_PROCESS, 0)))


def _serve(channel: socket.socket, decode: Decode, seconds: float) -> None:
    while (question := frames.asked(channel)) is not None:
        data, max_pixels, reduction = question
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            picture = decode(bytes(data), max_pixels=max_pixels, reduction=reduction)
            pixels = picture.image.tobytes()
        except (NotAPicture, TooLarge) as problem:
            signal.setitimer(signal.ITIMER_REAL, 0)
            frames.refuse(channel, problem)
        else:
            signal.setitimer(signal.ITIMER_REAL, 0)
            own = (picture.width, picture.height)
            frames.answer(channel, picture.media_type, picture.image.size, own, pixels)


if __name__ == "__main__":
    main()
