"""What decodes for ever: prints the ids of its decoding program, of an idle process and of one that hangs."""

import os
import threading
import time
from pathlib import Path

from diversity_contracts.decoders import Decoders
from tests.fakes.breaking_decoder import ABOUT, HANG, PROGRAM


def main() -> None:
    """Until killed."""
    decoders = Decoders(2, seconds=3.0, program=PROGRAM)
    hanging = decoders.decode(ABOUT).width
    threading.Thread(target=decoders.decode, args=(HANG,)).start()
    time.sleep(0.2)  # it has taken the one that was idle
    idle = decoders.decode(ABOUT).width
    program = Path(f"/proc/{idle}/stat").read_text().rpartition(")")[2].split()[1]
    print(program, idle, hanging, flush=True)
    os.read(0, 1)


if __name__ == "__main__":
    main()
