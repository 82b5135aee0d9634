"""Damaged videos: nothing but a twin of what can be read, or a refusal in words, may come of one.

    python -m bench.fuzz.videos --seed 0 --count 300 [--pipeline] [--keep FOLDER]

Case n of a seed is always the same: a small video of one of many kinds, damaged, read from the front and at random,
and written; with --pipeline, edited by `run.py` in the cheapest way. Exits with 1 if a case ends in a traceback, a
crash, after 60 s, beyond 4 GB, or leaves part of a file.
"""

from __future__ import annotations

import argparse
import importlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import av

from bench.fuzz import campaign
from bench.fuzz.children import GOOD, Limits, Result, run
from bench.fuzz.kinds import write_corpus
from bench.fuzz.mutate import mutated
from stitch_exp.types import Clip
from stitch_exp.video import FileVideo, FrameFolder, write_video

LIMITS = Limits()
_UNTOUCHED = 0.04
_HEAVY = ("stitch_exp.app.job", "stitch_exp.app.deliver", "mediapipe", "scipy.signal")
_CHEAPEST = (
    "model=mini", "mode=preview", "encoder=e4e", "tuning=none", "stitching=none", "composite=paste", "logger=none",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """One damaged input."""

    number: int
    path: Path
    start: int
    frames: int | None


def main(arguments: Sequence[str] | None = None) -> None:
    """Try the cases of a seed, print what ended badly and a count of endings."""
    options = _options(arguments)
    if options.pipeline:
        for module in _HEAVY:  # once, not in every child
            importlib.import_module(module)
    with tempfile.TemporaryDirectory() as scratch:
        room = Path(scratch)
        (room / "corpus").mkdir()
        sources = write_corpus(room / "corpus")

        def tried(number: int) -> Result:
            folder = room / f"{number}"
            case = make_case(sources, options.seed, number, folder)
            result = attempt(case, folder, pipeline=options.pipeline, limits=Limits(seconds=options.seconds))
            if result.ending not in GOOD:
                _keep(case, options.keep)
            shutil.rmtree(folder)
            return replace(result, words=f"{case.path.name}, start {case.start}, frames {case.frames}\n{result.words}")

        campaign.tell("videos", options, tried, _report)


def make_case(sources: Sequence[Path], seed: int, number: int, folder: Path) -> Case:
    """Case `number` of a seed, its input written into `folder`."""
    rng = Random(f"{seed}:{number}")
    source = rng.choice(sources)
    folder.mkdir()
    path = folder / source.name
    if source.is_dir():
        shutil.copytree(source, path)
        victim = rng.choice(sorted(path.iterdir()))
    else:
        shutil.copy(source, path)
        victim = path
    if rng.random() > _UNTOUCHED:
        victim.write_bytes(mutated(victim.read_bytes(), rng))
    return Case(number, path, rng.choice((0, 0, 0, 1, 5)), rng.choice((None, None, 1, 3)))


def attempt(case: Case, folder: Path, *, pipeline: bool = False, limits: Limits = LIMITS) -> Result:
    """Read and write one case in a process of its own."""
    out = folder / "out"
    work = _edit(case, out) if pipeline else _copy(case, out)
    result = run(work, folder / "log", limits)
    left = [path for path in out.rglob("*") if ".part" in path.name]
    broken = [path for path in out.rglob("*.mp4") if not _plays(path)]
    if result.ending in GOOD and (left or broken):
        return replace(result, ending="half-written", words=f"{[*left, *broken]}\n{result.words}")
    if result.ending == "refused" and "our defect" in result.words:
        return replace(result, ending="traceback")
    return result


def read(case: Case) -> Clip:
    """The clip of a case."""
    if case.path.is_dir():
        return FrameFolder(path=str(case.path), fps=25.0)()
    return FileVideo(path=str(case.path), start=case.start, frames=case.frames)()


def _copy(case: Case, out: Path) -> Callable[[], None]:
    def work() -> None:
        clip = read(case)
        count = sum(1 for _ in clip.frames)
        for index in Random(case.number).sample(range(count), min(3, count)):
            assert clip.frames[index].shape == (clip.height, clip.width, 3)
        write_video(clip, out / "out.mp4", crf=30, preset="ultrafast")
        twin = FileVideo(path=str(out / "out.mp4"), start=0, frames=None)()
        assert count == len(clip.frames) == len(twin.frames), (count, len(clip.frames), len(twin.frames))

    return work


def _edit(case: Case, out: Path) -> Callable[[], None]:
    stretch = [] if case.path.is_dir() else [f"video.start={case.start}", f"video.frames={case.frames or 'null'}"]
    source = [f"video={'frames' if case.path.is_dir() else 'file'}", f"video.path={case.path}", *stretch]
    places = [f"paths.outputs={out}", f"paths.store={out / 'store'}"]

    def work() -> None:
        from stitch_exp.app import main

        sys.argv = ["run.py", *source, *_CHEAPEST, *places]
        main.run()

    return work


def _plays(path: Path) -> bool:
    try:
        with av.open(str(path)) as container:
            return any(True for _ in container.decode(video=0))
    except (av.FFmpegError, IndexError):
        return False


def _report(number: int, result: Result) -> None:
    told = f"case {number} ended in {result.ending} after {result.seconds:.1f} s with {result.megabytes:.0f} MB"
    source, _, words = result.words.partition("\n")
    print(f"{told}: {source}\n{words[-2000:]}", flush=True)


def _keep(case: Case, keep: str | None) -> None:
    if keep:
        target = Path(keep) / f"{case.number}_{case.path.name}"
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if case.path.is_dir() else shutil.copy)(case.path, target)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = campaign.parser("videos", __doc__ or "", count=300)
    parser.add_argument("--pipeline", action="store_true", help="edit by run.py instead of copying")
    parser.add_argument("--keep", help="a folder for the inputs that end badly")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
