"""How cost grows with the number of frames and with the resolution: whole commands, each in a process of its own.

    python -m bench.growth [--frames 30 120 480] [--sides 64 128] [--out outputs/bench] [overrides ...]

Runs `run.py` on the synthetic clip (or on what the overrides name) with an empty store, and reads seconds and peak
memory of every stage from the run's `status.json`. The resolution is that of the embedded model, cut at `--sides`;
the synthetic clip is drawn by the same model, and no face is found in it at 32 px.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SHOWN = ("aligner", "encoder", "tuning", "stitching", "metrics", "writing")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print a table and write `growth.json`."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, nargs="*", default=[30, 120, 480])
    parser.add_argument("--sides", type=int, nargs="*", default=[64, 128])
    parser.add_argument("--out", type=Path, default=Path("outputs/bench"))
    options, overrides = parser.parse_known_args(arguments)
    cells = [{"video.frames": count} for count in options.frames]
    cells += [{"video.frames": 30, "model.resolution": side} for side in options.sides]
    options.out.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    for cell in cells:
        rows.append(cell | measure([*(overrides or ["video=synthetic"]), *(f"{k}={v}" for k, v in cell.items())]))
        print(table(rows[-1:]).splitlines()[-1], flush=True)
        (options.out / "growth.json").write_text(json.dumps(rows, indent=1))
    print(table(rows))


def measure(overrides: Sequence[str]) -> dict[str, Any]:
    """Seconds and memory of one command."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "run.py", *overrides, "logger=none", f"paths.outputs={folder}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        status = json.loads(next(Path(folder).glob("*/*/status.json")).read_text())
    return {"seconds": status["seconds"], "peak_mb": max(status["peak_memory_mb"].values())}


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Milliseconds a frame of each stage, as Markdown."""
    lines = ["| frames | px | " + " | ".join(f"{name}, ms a frame" for name in SHOWN) + " | all, s | peak MB |"]
    lines.append("|" + "---|" * (len(SHOWN) + 4))
    for row in rows:
        frames, seconds = row["video.frames"], row["seconds"]
        stages = [f"{1000 * seconds[name] / frames:.1f}" for name in SHOWN]
        ends = [f"{sum(seconds.values()):.1f}", str(row["peak_mb"])]
        lines.append("| " + " | ".join([str(frames), str(row.get("model.resolution", "own")), *stages, *ends]) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
