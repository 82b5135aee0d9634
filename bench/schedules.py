"""The published schedule against every fast mode: same clip, same weights, one process.

    python -m bench.schedules [--frames 60] [--repeats 3] [--clips CLIP.mp4 ...] [--out outputs/bench] [overrides ...]

Every tuning is measured once a repeat; every stitching is measured on the generator that `--reference` tuned, so that
stitchings are compared on equal ground. Repeats are interleaved. The faithful schedule is run once unless
`--repeat-faithful` is given: at 180 gradient evaluations a frame it dominates the time of the benchmark.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from bench.counting import Counter
from bench.modes import STITCHING, TUNING
from bench.quality import of_stitching, of_tuning
from bench.setup import stages
from bench.tables import write_tables
from stitch_exp import types

SLOW = ("pti", "border")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write `schedules.json`, `schedules.md` and `schedules.png`."""
    options = _parse(arguments)
    rows: list[dict[str, Any]] = []
    for clip in options.clips or [None]:
        for row in measure_clip(clip, options):
            rows.append(row)
            print({key: round(value, 4) if isinstance(value, float) else value for key, value in row.items()})
            options.out.mkdir(parents=True, exist_ok=True)
            (options.out / "schedules.json").write_text(json.dumps(rows, indent=1))
    write_tables(rows, options.out)


def measure_clip(clip: str | None, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """One row for each stage, option and repeat."""
    common = [*options.overrides, f"video.frames={options.frames}"]
    common += [f"video={'file' if clip else 'sample'}", *([f"video.path={clip}"] if clip else [])]
    first, generator = stages(common)
    counter, name = Counter(generator), Path(clip).stem if clip else "sample"
    source = first.video()
    aligned = first.aligner(source, types.Workspace())
    pivots = first.encoder(aligned, types.Workspace())
    tuned: dict[str, types.TunedGenerator] = {}
    for repeat in range(options.repeats):
        for option, overrides in _due(TUNING, repeat, options):
            line, _ = stages([*common, *overrides], generator)
            with counter.measure() as cost:
                tuned[option] = line.tuning(aligned, pivots, types.Workspace())
            yield _row(name, "tuning", option, repeat, aligned, cost, of_tuning(aligned, tuned[option]))
        ground = tuned[options.reference]
        edited = first.edit(ground, types.Workspace())
        for option, overrides in _due(STITCHING, repeat, options):
            line, _ = stages([*common, *overrides], generator)
            with counter.measure() as cost:
                stitched = line.stitching(aligned, ground, edited, types.Workspace())
            quality = of_stitching(line, source, aligned, ground, edited, stitched)
            yield _row(name, "stitching", option, repeat, aligned, cost, quality)


def _due(modes: dict[str, list[str]], repeat: int, options: argparse.Namespace) -> list[tuple[str, list[str]]]:
    skipped = () if repeat == 0 or options.repeat_faithful else SLOW
    return [(name, overrides) for name, overrides in modes.items() if name not in (*skipped, *options.skip)]


def _row(
    clip: str, stage: str, option: str, repeat: int, aligned: types.AlignedClip, cost: Any, quality: dict[str, float]
) -> dict[str, Any]:
    where = {"clip": clip, "frames": len(aligned.crops), "stage": stage, "option": option, "repeat": repeat}
    return where | asdict(cost) | {"evaluations": cost.evaluations} | quality


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.schedules", description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--repeat-faithful", action="store_true")
    parser.add_argument("--reference", default="pti_fast", help="the tuning that stitchings are measured on")
    parser.add_argument("--skip", nargs="*", default=[], help="options to leave out")
    parser.add_argument("--clips", nargs="*", default=[])
    parser.add_argument("--out", type=Path, default=Path("outputs/bench"))
    options, options.overrides = parser.parse_known_args(arguments)
    torch.manual_seed(0)
    np.random.seed(0)
    return options


if __name__ == "__main__":
    main()
