"""The published schedule against every fast mode: same clip, same weights, one process.

    python -m bench.schedules [--frames 60] [--repeats 3] [--clips CLIP.mp4 ...] [--out outputs/bench] [overrides ...]

Each repeat has a seed of its own. Stitchings are compared on the generator of the published tuning; whole edits
(`published`, `default`, `preview`) each on their own, from reading the clip to the written video. The published
schedule has nothing random and takes minutes, so it runs in the first repeat only; `spread` of its rows are the seconds
it would have taken at the pace of each third. Quality of whole edits is measured on videos by two composites.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from bench.counting import Cost, Counter
from bench.modes import COMPOSITES, EDITS, ONCE, STITCHING, TUNING
from bench.quality import of_stitching, of_tuning, of_video
from bench.setup import stages
from bench.tables import write_tables
from stitch_exp import types
from stitch_exp.video.write import write_video

METRICS = "metrics.names=[tl_id,tg_id,identity_to_source,flicker]"
Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write `schedules.json`, `schedules.md` and `schedules.png`."""
    options = _parse(arguments)
    rows: list[Row] = []
    options.out.mkdir(parents=True, exist_ok=True)
    for clip in options.clips or [None]:
        for row in Comparison(clip, options).run():
            rows.append(row)
            print(
                {key: round(value, 4) if isinstance(value, float) else value for key, value in row.items()}, flush=True
            )
            (options.out / "schedules.json").write_text(json.dumps(rows, indent=1))
            write_tables(rows, options.out)


@dataclass
class Comparison:
    """Everything that is measured on one clip."""

    clip: str | None
    options: argparse.Namespace
    tuned: dict[str, tuple[types.TunedGenerator, Cost]] = field(default_factory=dict)
    published: tuple[types.StitchedCrops, Cost] | None = None

    def __post_init__(self) -> None:
        source = [f"video.path={self.clip}", "video=file"] if self.clip else ["video=sample"]
        self.common = [*self.options.overrides, *source, f"video.frames={self.options.frames}", METRICS]
        self.line, self.generator = stages([*self.common, "seed=0"])
        self.counter = Counter(self.generator)
        self.source = self.line.video()

    def run(self) -> Iterator[Row]:
        """One row for each option and repeat."""
        for repeat in range(self.options.repeats):
            self.repeat = repeat
            with self.counter.measure() as self.preparation:
                self.aligned = self.line.aligner(self.source, types.Workspace())
                self.pivots = self.line.encoder(self.aligned, types.Workspace())
            yield from self._tunings()
            yield from self._stitchings()
            yield from self._edits()

    def _due(self, modes: dict[str, list[str]]) -> list[tuple[str, list[str]]]:
        skipped = (*self.options.skip, *(ONCE if self.repeat else ()))
        return [(name, overrides) for name, overrides in modes.items() if name not in skipped]

    def _stages(self, overrides: Sequence[str]) -> Any:
        return stages([*self.common, *overrides, f"seed={self.repeat}"], self.generator)[0]

    def _tunings(self) -> Iterator[Row]:
        for name, overrides in self._due(TUNING):
            line = self._stages(overrides)
            with self.counter.measure() as cost:
                tuned = line.tuning(self.aligned, self.pivots, types.Workspace())
            self.tuned[name] = tuned, cost
            quality = of_tuning(self.aligned, tuned, line.edit(tuned, types.Workspace()), line)
            yield self._row("tuning", name, cost, quality)

    def _stitchings(self) -> Iterator[Row]:
        ground = self.tuned.get("pti", self.tuned["pti_fast"])[0]
        for name, overrides in self._due(STITCHING):
            stitched, cost = self._stitch(overrides, ground)
            if name == "border":
                self.published = stitched, cost
            yield self._row("stitching", name, cost, self._quality(overrides, stitched))

    def _edits(self) -> Iterator[Row]:
        for name, (tuning, stitching) in EDITS.items():
            if name == "published" and (self.repeat or self.published is None):
                continue
            tuned, tuning_cost = self.tuned[tuning]
            stitched, cost = self.published if name == "published" else self._stitch(STITCHING[stitching], tuned)
            second = cost.seconds + self._writing(name, tuned, stitched)
            cold = self.preparation.seconds + tuning_cost.seconds + second
            quality = self._quality(STITCHING[stitching], stitched) | self._on_video(tuned, stitched)
            evaluations = tuning_cost.evaluations + cost.evaluations
            row = self._row("edit", name, cost, {"evaluations": evaluations, "seconds": cold, "second_edit": second})
            yield row | quality

    def _stitch(self, overrides: Sequence[str], tuned: types.TunedGenerator) -> tuple[types.StitchedCrops, Cost]:
        line = self._stages(overrides)
        with self.counter.measure() as cost:
            edited = line.edit(tuned, types.Workspace())
            stitched = line.stitching(self.aligned, tuned, edited, types.Workspace())
        return stitched, cost

    def _quality(self, overrides: Sequence[str], stitched: types.StitchedCrops) -> dict[str, float]:
        return of_stitching(stitched, self._stages(overrides).stitching.prepare.rule)

    def _writing(self, name: str, tuned: types.TunedGenerator, stitched: types.StitchedCrops) -> float:
        composite = "feather" if name == "published" else "delta"
        composed = self._stages([f"composite={composite}"]).composite(self.source, self.aligned, tuned, stitched)
        with tempfile.TemporaryDirectory() as folder, self.counter.measure() as cost:
            write_video(composed.clip, Path(folder) / "edited.mp4")
        return cost.seconds

    def _on_video(self, tuned: types.TunedGenerator, stitched: types.StitchedCrops) -> dict[str, float]:
        found = {}
        for composite in COMPOSITES:
            line = self._stages([f"composite={composite}"])
            edited = line.edit(tuned, types.Workspace())
            composed = line.composite(self.source, self.aligned, tuned, stitched)
            report = line.metrics(self.source, self.aligned, tuned, edited, stitched, composed, types.Workspace())
            found |= {f"{key} ({composite})": value for key, value in of_video(report).items()}
        return found

    def _row(self, stage: str, option: str, cost: Cost, more: dict[str, float]) -> Row:
        name = Path(self.clip).stem if self.clip else "sample"
        where = {"clip": name, "frames": len(self.aligned.crops), "stage": stage, "option": option}
        return where | {"repeat": self.repeat, "spread": cost.parts()} | cost.figures() | more


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.schedules", description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--skip", nargs="*", default=[], help="options to leave out")
    parser.add_argument("--clips", nargs="*", default=[], help="video files; `sample` is the embedded one")
    parser.add_argument("--out", type=Path, default=Path("outputs/bench"))
    options, options.overrides = parser.parse_known_args(arguments)
    options.clips = [None if clip == "sample" else clip for clip in options.clips]
    torch.manual_seed(0)
    return options


if __name__ == "__main__":
    main()
