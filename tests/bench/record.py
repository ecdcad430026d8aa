"""Keeps what was measured: the figures of the last runs, with the machine, the day, the commit.

    python -m tests.bench.record [--build build]

Copies bench.json and quality.json into tests/bench/measured, which the README's figures are compared with,
and prints the README's table of speeds.
"""

import argparse
import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

MEASURED = Path(__file__).with_name("measured")
RECORDED = ("bench", "quality")
ROOT = Path(__file__).parents[2]


def machine() -> str:
    """The processor as its maker calls it, and how many cores there are."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{named[0] if named else platform.machine()}, {os.cpu_count()} cores"


def commit() -> str:
    """The commit that stands, or an empty text outside a clone."""
    command = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def keep(build: Path, measured: Path, recorded: dict[str, str]) -> list[str]:
    """Write what `build` has; the names of what was written."""
    written = []
    for name in RECORDED:
        source = build / f"{name}.json"
        if source.exists():
            document = {"recorded": recorded, "measured": json.loads(source.read_text())}
            text = json.dumps(document, indent=1, ensure_ascii=False)
            (measured / f"{name}.json").write_text(text + "\n")
            written.append(name)
    return written


def speeds(entries: list[dict[str, Any]], asked: dict[str, float]) -> str:
    """The README's table of speeds, a row for each entry, named as the contract names it."""
    lines = ["| figure | measured | the other arm | asked |", "|---|---:|---:|---:|"]
    for entry in sorted(entries, key=lambda entry: str(entry["name"])):
        name = entry["name"]
        baseline = "–" if entry["baseline"] is None else short(entry["baseline"])
        bound = short(asked[name]) if name in asked else "–"
        unit = {"x": "", "share": ""}.get(entry["unit"], f" {entry['unit']}")
        lines.append(f"| `{name}` | {short(entry['value'])}{unit} | {baseline} | {bound} |")
    return "\n".join(lines)


def short(value: float) -> str:
    """A figure in three digits, whole ones whole."""
    if value == int(value) and abs(value) < 1e9:
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}" if abs(value) >= 1e-3 else f"{value:.6f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--build", type=Path, default=Path("build"))
    asked = parser.parse_args()
    recorded = {"date": datetime.now(UTC).date().isoformat(), "commit": commit(), "machine": machine()}
    print(f"kept: {', '.join(keep(asked.build, MEASURED, recorded)) or 'nothing'}")
    bounds = json.loads((MEASURED / "published.json").read_text())["asked"]
    if (asked.build / "bench.json").exists():
        print(speeds(json.loads((asked.build / "bench.json").read_text()), bounds))


if __name__ == "__main__":
    main()
