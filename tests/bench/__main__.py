"""Every figure that the contract names, one module after the other, and one table: `python -m tests.bench`.

    python -m tests.bench [--data DATA] [--only search gateway ...] [--out build] [--rounds 5] [--threads 2]

An option goes to every module that takes it (`plan`). Each module is a process of its own, so that no one's
threads or memory weigh on the next one's figures. bench.json begins without the figures that are about to be
measured. Ends with 1 when a module failed, was killed, left a figure out, or found an answer that got worse.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

from tests.bench import bench_file, plan
from tests.bench.plan import MODULES, Module

PUBLISHED = Path(__file__).with_name("measured") / "published.json"


def measured(modules: list[Module], options: dict[str, list[str]], out: Path) -> list[str]:
    """Run them; what went wrong."""
    faults = []
    for module in modules:
        print(f"\n=== {module.name}", flush=True)
        command = [sys.executable, "-m", f"tests.bench.{module.name}", "--out", str(out)]
        started = time.perf_counter()
        status = subprocess.run([*command, *plan.told(module, options)], check=False).returncode
        print(f"=== {module.name}: {(time.perf_counter() - started) / 60:.1f} minutes", flush=True)
        if status:
            ended = f"was ended by signal {-status}" if status < 0 else f"ended with {status}"
            faults.append(f"{module.name} {ended}")
    return faults


def main() -> int:
    """0 when every figure is there and every answer as good as it was."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0], allow_abbrev=False)
    parser.add_argument("--out", type=Path, default=Path("build"))
    parser.add_argument("--only", nargs="+", choices=[module.name for module in MODULES])
    asked, rest = parser.parse_known_args()
    chosen = [module for module in MODULES if not asked.only or module.name in asked.only]
    try:
        options = plan.grouped(rest)
    except ValueError as error:
        parser.error(str(error))
    if untaken := plan.untaken(options, chosen):
        parser.error(f"no module takes {', '.join(untaken)}")
    path = asked.out / bench_file.NAME
    if asked.only:
        bench_file.forget(plan.figures(chosen), path)
    else:
        bench_file.write([], path)
    faults = measured(chosen, options, asked.out)
    entries, published = bench_file.read(path), json.loads(PUBLISHED.read_text())
    print("\n" + bench_file.table(entries, published["asked"], published["smaller_is_better"]))
    faults += [f"{name} was not measured" for name in plan.missing(entries, chosen)]
    faults += [f"{entry['name']}: {fault}" for entry in entries for fault in bench_file.worse_answers(entry)]
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
