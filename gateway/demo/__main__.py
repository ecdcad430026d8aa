"""`python -m demo`: the command line of the demo."""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from demo.failures import DemoFailed
from demo.run import Options, run


def parse(arguments: Sequence[str]) -> Options:
    """The options in `arguments`; exits with a word on what is wrong."""
    parser = argparse.ArgumentParser(prog="make demo", description=run.__doc__)
    parser.add_argument("--images", type=Path, help="a folder of pictures; without it, the sample catalogue")
    parser.add_argument("--port", type=_port, default=8000, help="the gateway's; the views take the next two")
    parser.add_argument("--state", type=Path, default=Path("var/demo"), help="where catalogue and index live")
    parser.add_argument("--artifacts", type=Path, default=Path("artifacts"), help="where training publishes")
    chosen = parser.parse_args(arguments)
    return Options(images=chosen.images, port=chosen.port, state=chosen.state, artifacts=chosen.artifacts)


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port < 65_534:  # the next two must exist too
        raise argparse.ArgumentTypeError(f"{port} is no port below 65534")
    return port


def main() -> int:
    """Run the demo; 0 when it was told to stop, 1 with a message when it could not go on."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Also where a shell started this in the background and had Ctrl-C ignored.
        signal.signal(name, signal.default_int_handler)
    try:
        run(parse(sys.argv[1:]))
    except KeyboardInterrupt:
        print("\ndemo · stopped", flush=True)
        return 0
    except DemoFailed as error:
        print(f"demo · {error}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
