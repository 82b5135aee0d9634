"""One clip stitched by 1, 2 and 4 local workers: time, processor time, and whether the bytes are the same.

    python -m bench.parts [1 2 4] [--launcher joblib] [--set model=mini video.frames=32 stitching=border ...]

Alignment, pivots and tuning are made once and copied for every count, so what is compared is what parts are for. Each
worker has one thread. `longest part` is the processor time of the worker with the most to do: on as many idle cores as
workers, that is how long the stitching takes. Beside other programs trust it and not the clock.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SETTINGS = (
    "model=mini", "video.frames=32", "tuning=pti_fast", "stitching=border", "metrics=none", "comparison=false",
    "logger=none", "runtime.threads=1",
)  # fmt: skip
Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> list[Row]:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.parts", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("counts", type=int, nargs="*", default=[1, 2, 4])
    parser.add_argument("--launcher", default="joblib")
    parser.add_argument("--set", nargs="*", default=[], help="further overrides for run.py")
    options = parser.parse_args(arguments)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        prepared, words = Path(folder) / "prepared", [*SETTINGS, *options.set]
        shared = [word for word in words if not word.startswith("stitching")]
        run([*shared, "stitching=none", f"paths.outputs={prepared}"])
        for count in options.counts:
            place = Path(folder) / str(count)
            shutil.copytree(prepared / "store", place / "store")
            rows.append(measure(count, place, words, options.launcher))
            print({key: value for key, value in rows[-1].items() if key != "bytes"}, file=sys.stderr, flush=True)
    print(table(rows))
    return rows


def measure(count: int, place: Path, words: Sequence[str], launcher: str) -> Row:
    """One command with so many workers."""
    many = [
        "-m",
        f"parts={count}",
        f"launcher={launcher}",
        *([f"hydra.launcher.n_jobs={count}"] * (launcher == "joblib")),
    ]
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    run([*(many if count > 1 else []), *words, f"paths.outputs={place}"])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = [json.loads(path.read_text()) for path in place.glob("default/**/status.json")]
    stitchers = [one for one in found if count == 1 or "part" in one]
    return {
        "workers": count,
        "seconds": time.perf_counter() - start,
        "processor": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "parts": [one["processor_seconds"]["stitching"] for one in stitchers],
        "bytes": [path.read_text() for path in sorted(place.glob("store/stitching/*/files.json"))],
    }


def run(words: Sequence[str]) -> None:
    """`run.py` with these words; ends the benchmark when it fails."""
    done = subprocess.run([sys.executable, "run.py", *words], check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"run.py {' '.join(words)} failed with {done.returncode}:\n{done.stderr[-2000:]}")


def table(rows: Sequence[Row]) -> str:
    """Markdown; ratios are to the first row."""
    first = rows[0]
    columns = ("workers", "wall, s", "processor time, s", "of stitching", "longest part", "to the first", "same bytes")
    head = f"| {' | '.join(columns)} |\n|---|{'---:|' * 6}"
    lines = [
        f"| {one['workers']} | {one['seconds']:.0f} | {one['processor']:.0f} | {sum(one['parts']):.0f} | "
        f"{max(one['parts']):.0f} | {max(one['parts']) / max(first['parts']):.2f} | "
        f"{'yes' if one['bytes'] == first['bytes'] else 'NO'} |"
        for one in rows
    ]
    return "\n".join([head, *lines])


if __name__ == "__main__":
    main()
