"""Peak memory by number of frames, of the parts that touch every frame.

    python -m bench.memory [30 3000 10000] [--copy | --align] [--set stitching=border_fast ...]

Repeats the sample clip to so many frames and edits it with the small model, without tuning; prints the peak of each
stage in MB from the run's own record, as a Markdown table. Takes about 0.1 s a frame and core. With --copy the frames
are only read, written and put side by side, in a process of their own; with --align faces are found, followed and
cropped, and nothing after it.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import av

from bench.fuzz.children import Limits, run
from bench.fuzz.kinds import Kind, write_kind
from stitch_exp.video import FileVideo, SampleVideo, side_by_side, write_video

_SETTINGS = (
    "model=mini", "mode=preview", "encoder=e4e", "tuning=none", "stitching=none", "logger=none",
    "experiment_name=memory",
)  # fmt: skip


class Repeated:
    """A sequence over and over, as a sequence of `count` items."""

    def __init__(self, items: Sequence, count: int) -> None:
        self.items, self.count = items, count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int):
        if index >= self.count:
            raise IndexError(index)
        return self.items[index % len(self.items)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.memory", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("counts", type=int, nargs="*", default=[30, 3000, 10000])
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--copy", action="store_true", help="read and write only, without a model")
    part.add_argument("--align", action="store_true", help="find, follow and crop faces only")
    parser.add_argument("--set", nargs="*", default=[], help="further overrides for run.py")
    options = parser.parse_args(arguments)
    peaks = {}
    with tempfile.TemporaryDirectory() as folder:
        for count in options.counts:
            path = Path(folder) / f"{count}.mp4"
            of = copied if options.copy else aligned if options.align else functools.partial(measure, more=options.set)
            peaks[count] = of(count, path)
            print(f"{count} frames: {peaks[count]}", file=sys.stderr, flush=True)
    print(table(peaks))


def copied(count: int, path: Path) -> dict[str, int]:
    """Peak memory in MB of a process that reads, writes and compares `count` frames, without a model."""
    room = path.with_suffix("")

    def copy() -> None:
        clip = FileVideo(path=str(path), start=0, frames=None)()
        assert clip.frames[count // 2].shape == (clip.height, clip.width, 3)
        write_video(clip, room / "out.mp4", preset="ultrafast")
        twin = FileVideo(path=str(room / "out.mp4"), start=0, frames=None)()
        assert len(twin.frames) == count
        write_video(side_by_side(clip, twin), room / "pair.mp4", preset="ultrafast")

    return {"read, write, compare": _peak(copy, count, path)}


def aligned(count: int, path: Path) -> dict[str, int]:
    """Peak memory in MB of a process that aligns `count` frames into a store, as a run does."""

    def align() -> None:
        from stitch_exp.api import compose
        from stitch_exp.building.builder import Builder
        from stitch_exp.pipeline import Line
        from stitch_exp.store import Made, mapped
        from stitch_exp.types import Workspace

        words = ["video=file", f"video.path={path}", f"paths.store={path.with_suffix('') / 'store'}", *_SETTINGS]
        builder = Builder(compose.plain(compose.settings(words)))
        stages = builder.stages()
        work = Workspace(track=mapped.releasing(lambda items, description, total=None: iter(items)))
        clip = stages.video()
        line = Line(builder.store(), work, lambda stage: contextlib.nullcontext())
        made = line.make("aligner", stages.aligner, Made(clip, clip.digest, reused=False))
        assert len(made.value.crops) == count

    return {"aligner": _peak(align, count, path)}


def _peak(case: Callable[[], None], count: int, path: Path) -> int:
    """Peak memory in MB of a case in a process of its own, after another one has written the clip."""
    room = path.with_suffix("")
    room.mkdir(exist_ok=True)
    run(lambda: write_clip(count, path), room / "log", Limits(seconds=3600.0))
    result = run(case, room / "log", Limits(seconds=3600.0, megabytes=16384.0))
    if result.ending != "done":
        raise SystemExit(f"{count} frames ended in {result.ending}: {result.words}")
    return round(result.megabytes)


def write_clip(count: int, path: Path) -> None:
    """The sample clip, repeated to `count` frames."""
    frames = list(SampleVideo(start=0, frames=None)().frames)
    fast = {"preset": "ultrafast", "threads": "1"}
    write_kind(Kind(path.name, times=range(count), options=fast), path, Repeated(frames, count))


def measure(count: int, path: Path, more: Sequence[str]) -> dict[str, int]:
    """Peak memory in MB of each stage of a run on `count` frames."""
    write_clip(count, path)
    folder = path.with_suffix("")
    places = [f"video.path={path}", f"paths.store={folder / 'store'}", f"hydra.run.dir={folder}"]
    done = subprocess.run([sys.executable, "run.py", "video=file", *places, *_SETTINGS, *more], check=False)
    if done.returncode:
        raise SystemExit(f"the run on {count} frames failed with {done.returncode}")
    with av.open(str(folder / "edited.mp4")) as container:
        assert container.streams.video[0].frames == count
    return json.loads((folder / "status.json").read_text())["peak_memory_mb"]


def table(peaks: dict[int, dict[str, int]]) -> str:
    """Stages down, numbers of frames across."""
    stages = list(next(iter(peaks.values())))
    head = "| stage, peak MB | " + " | ".join(f"{count:,} frames" for count in peaks) + " |"
    rows = [
        f"| {stage} | " + " | ".join(f"{peaks[count].get(stage, 0):,}" for count in peaks) + " |" for stage in stages
    ]
    return "\n".join([head, "|---|" + "---:|" * len(peaks), *rows])


if __name__ == "__main__":
    main()
