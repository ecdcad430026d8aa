"""A flame graph of one kind of query through all three processes: build/profile/<kind>-<process>.svg.

    python -m tests.bench.profiling [--out build] [--seconds 10] [--pictures 300] [--kinds picture id kept]

The real stack with the starters; while one client asks one question after the other, py-spy looks into each
process a few hundred times a second. Kinds: a picture of the caller's, an id, and a picture that was asked
about before. Only the time that a thread works is in the graph, so widths are shares of processor time.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from diversity_gateway.kept_connections import KeptConnections
from tests.bench.asking import Arm, fresh_pictures, picture
from tests.bench.gateway import JPEG, JSON, filled
from tests.e2e.stack import Stack

KINDS = ("picture", "id", "kept")
PER_SECOND = 250  # looks; each holds the process for a moment
WARM = 20


def arms(service: KeptConnections, pictures: int) -> dict[str, Arm]:
    """A question of each kind."""
    ids = iter(range(10**9))

    def by_id() -> bytes:
        # Every id with two page sizes in turn would be kept; one more excluded id makes each a new question.
        number = next(ids)
        return json.dumps({"image_id": f"p{number % pictures}", "exclude": [f"none {number}"]}).encode()

    known = picture(10**9)
    return {
        "picture": Arm(service, "/divergent?n=5", JPEG, fresh_pictures()),
        "id": Arm(service, "/divergent?n=5", JSON, by_id),
        "kept": Arm(service, "/divergent?n=5", JPEG, lambda: known),
    }


def recorder(pid: int, graph: Path, seconds: int) -> subprocess.Popen[bytes]:
    """Draws `graph` of the process after so many seconds."""
    return subprocess.Popen(
        ["py-spy", "record", "--pid", str(pid), "--duration", str(seconds), "--rate", str(PER_SECOND),
         "--format", "flamegraph", "--output", str(graph)],
        stdout=subprocess.DEVNULL, env={"PATH": str(Path(sys.executable).parent)},
    )  # fmt: skip


async def draw(stack: Stack, kind: str, folder: Path, seconds: int, pictures: int) -> list[Path]:
    """The graphs of one kind of question."""
    service = KeptConnections(stack.gateway.url)
    arm = arms(service, pictures)[kind]
    for _ in range(WARM):
        await arm.ask()
    processes = {"gateway": stack.gateway, "drml": stack.drml, "caption": stack.caption}
    graphs = {folder / f"{kind}-{name}.svg": process.pid for name, process in processes.items()}
    recorders = [recorder(pid, graph, seconds) for graph, pid in graphs.items()]
    asked = 0
    while any(one.poll() is None for one in recorders):
        await arm.ask()
        asked += 1
    await service.aclose()
    if any(one.returncode for one in recorders):
        raise RuntimeError("py-spy could not look into a process; it may need to be root, or its parent")
    print(f"{kind}: {asked} queries")
    return list(graphs)


def main() -> None:
    """Ask, draw, print where."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--pictures", type=int, default=300)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    asked = parser.parse_args()
    target = asked.out / "profile"
    target.mkdir(parents=True, exist_ok=True)
    settings = {"VIEW_DEADLINE_S": "30", "WAIT_S": "60"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # Without a published artifact the views serve their starters.
        with Stack(folder, two_views=True, artifacts=folder / "none", settings=settings) as stack:
            filled(stack, asked.pictures)
            for kind in asked.kinds:
                for graph in asyncio.run(draw(stack, kind, target, asked.seconds, asked.pictures)):
                    print(graph)


if __name__ == "__main__":
    main()
