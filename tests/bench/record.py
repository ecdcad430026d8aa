"""Keeps what was measured: the figures of the last runs, with the machine, the day, the commit.

    python -m tests.bench.record [--build build] [--suffix flickr8k]

Copies what the benches left in `build` into tests/bench/measured, which the documents' figures are compared
with and the report falls back on. Prints the table of speeds that the README has below `Speed`, whole. With a
suffix the figures of `make quality` over a second gallery are kept beside those of the first.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench.origin import origin

MEASURED = Path(__file__).with_name("measured")
SPEEDS = ("bench", "scaling")
OF_A_GALLERY = ("quality", "agreement", "thresholds")
HEADS = ("figure", "measured", "the other arm", "asked")


def keep(build: Path, measured: Path, recorded: dict[str, str], suffix: str = "") -> list[str]:
    """Write what `build` has; the names of what was written. Speeds have no gallery: no suffix."""
    written = []
    for name in OF_A_GALLERY if suffix else SPEEDS + OF_A_GALLERY:
        source = build / f"{name}.json"
        if source.exists():
            document = {"recorded": recorded, "measured": json.loads(source.read_text())}
            text = json.dumps(document, indent=1, ensure_ascii=False)
            target = f"{name}-{suffix}" if suffix else name
            (measured / f"{target}.json").write_text(text + "\n")
            written.append(target)
    return written


def keep_faults(build: Path, measured: Path) -> list[str]:
    """Write the rows of the fault table that `make faults` left, each with its own day and command, in place
    of what is kept of them; their names."""
    source, target = build / "faults.json", measured / "faults.json"
    if not source.exists():
        return []
    rows: dict[str, Any] = json.loads(source.read_text())
    before = json.loads(target.read_text()) if target.exists() else {}
    target.write_text(json.dumps(before | rows, indent=1, ensure_ascii=False) + "\n")
    return [f"faults/{name}" for name in rows]


def kept(measured: Path = MEASURED) -> dict[str, dict[str, Any]]:
    """Every kept run by its file's name, `recorded` and `measured`; of a file with several, `file/run`."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(measured.glob("*.json")):
        document = json.loads(path.read_text())
        if "measured" in document:
            found[path.stem] = document
        else:
            runs = {name: run for name, run in document.items() if "measured" in run}
            found |= {f"{path.stem}/{name}": run for name, run in runs.items()}
    return found


def speeds(entries: Sequence[Mapping[str, Any]], asked: Mapping[str, Any]) -> str:
    """The README's table of speeds, a row for each entry, named as the contract names it; what is asked and
    was not measured says so in its place."""
    lines = [f"| {' | '.join(HEADS)} |", "|---|---:|---:|---:|"]
    measured = {str(entry["name"]): entry for entry in entries}
    for name in sorted(measured.keys() | {name for name in asked if "." in name}):
        if name not in measured:
            lines.append(f"| `{name}` | not measured | – | {short(asked[name])} |")
            continue
        entry = measured[name]
        baseline = "–" if entry["baseline"] is None else short(entry["baseline"])
        bound = short(asked[name]) if name in asked else "–"
        unit = {"x": "", "share": ""}.get(entry["unit"], f" {entry['unit']}")
        lines.append(f"| `{name}` | {short(entry['value'])}{unit} | {baseline} | {bound} |")
    return "\n".join(lines)


def short(value: float) -> str:
    """A figure in three digits, whole ones whole. A share that is almost all is not all."""
    if value == int(value) and abs(value) < 1e9:
        return f"{int(value):,}"
    if 0.9995 <= value < 1:
        return next(text for digits in range(4, 18) if (text := f"{value:.{digits}f}") < "1")
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}" if abs(value) >= 1e-3 else f"{value:.6f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--build", type=Path, default=Path("build"))
    parser.add_argument("--suffix", default="", help="of a second gallery, say flickr8k")
    asked = parser.parse_args()
    recorded = origin()
    written = keep(asked.build, MEASURED, recorded, asked.suffix) + keep_faults(asked.build, MEASURED)
    print(f"kept: {', '.join(written) or 'nothing'}")
    bounds = json.loads((MEASURED / "published.json").read_text())["asked"]
    if bench := kept().get("bench"):
        print(f"\nThe README's table of speeds, whole:\n\n{speeds(bench['measured'], bounds)}")


if __name__ == "__main__":
    main()
