"""Writes the report: `python -m tests.bench.report [--out build/report.html]`."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.origin import commit, machine
from tests.bench.record import MEASURED
from tests.bench.report.inputs import gather
from tests.bench.report.page import render

ROOT = Path(__file__).parents[3]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--artifacts", type=Path, default=ROOT / "artifacts", help="default: what jobs published"
    )
    parser.add_argument(
        "--build",
        type=Path,
        default=ROOT / "build",
        help="where the benches wrote; what is not there is taken from tests/bench/measured",
    )
    parser.add_argument("--out", type=Path, default=ROOT / "build/report.html")
    asked = parser.parse_args()
    inputs = gather(ROOT, asked.artifacts, asked.build, MEASURED)
    made = f"Made {datetime.now(UTC):%Y-%m-%d %H:%M UTC} at commit {commit() or 'unknown'} on {machine()}."
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(render(inputs, made))
    for name, command in inputs.missing.items():
        print(f"There is no {name}.json: {command}")
    print(asked.out)


if __name__ == "__main__":
    main()
