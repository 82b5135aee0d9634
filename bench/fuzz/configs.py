"""Nonsense on the command line: a run may take it, or refuse it in a list of sentences, and nothing else.

    python -m bench.fuzz.configs --seed 0 --count 200 [--run]

Case n of a seed is always the same: one to five settings of the whole config get values that make no sense. Each goes
the road of `run.py`: read, checked, composed, and all stages made; with --run, what was taken edits two frames. Exits
with 1 if a case ends in a traceback, a crash, words that speak of a defect, after 60 s, or beyond 4 GB.
"""

from __future__ import annotations

import argparse
import importlib
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from omegaconf import DictConfig

from bench.fuzz import campaign
from bench.fuzz.children import GOOD, Limits, Result, run
from bench.fuzz.nonsense import command
from stitch_exp.app import main as command_line
from stitch_exp.app.cell import cell_key
from stitch_exp.app.job import Ended

_HEAVY = ("stitch_exp.building.builder", "stitch_exp.app.deliver", "pytorch_lightning", "mediapipe", "wandb")
_BASE = ("video.frames=2", "logger=none")


def main(arguments: Sequence[str] | None = None) -> None:
    """Try the cases of a seed, print what ended badly and a count of endings."""
    options = _options(arguments)
    for module in _HEAVY:  # once, not in every child
        importlib.import_module(module)
    with tempfile.TemporaryDirectory() as scratch:

        def tried(number: int) -> Result:
            limits, folder = Limits(seconds=options.seconds), Path(scratch) / str(number)
            result = attempt(command(options.seed, number), folder, limits, whole=options.run)
            shutil.rmtree(folder)
            return result

        campaign.tell("configs", options, tried, lambda number, result: _report(options.seed, number, result))


def attempt(words: Sequence[str], folder: Path, limits: Limits, *, whole: bool = False) -> Result:
    """Type one command in a folder of its own, and see how it ends; `whole` runs what is taken."""
    folder.mkdir()
    result = run(_typed(words, folder, whole), folder / "log", limits)
    if result.ending in GOOD and ("Traceback" in result.words or "our defect" in result.words):
        return replace(result, ending="traceback")
    if result.ending == "refused" and not _is_said(result.words):
        return replace(result, ending="traceback", words=f"refused without a sentence\n{result.words}")
    return result


def made(cfg: DictConfig) -> Ended:
    """A job that makes all stages of a config and what identifies them, and runs none."""
    from stitch_exp.building.builder import Builder
    from stitch_exp.building.resolution import settled

    cell_key(cfg)
    builder = Builder(settled(cfg))
    builder.stages()
    builder.fingerprints()
    return Ended(0)


def _typed(words: Sequence[str], folder: Path, whole: bool) -> Callable[[], None]:
    target = "stitch_exp.app.job.job" if whole else f"{__name__}.made"
    places = (f"paths.outputs={folder}/outputs", f"paths.store={folder}/store")

    def work() -> None:
        os.chdir(folder)
        Path("here.txt").write_text("a file")
        keys = {word.partition("=")[0] for word in words}
        sys.argv = ["run.py", *(word for word in (*_BASE, *places) if word.partition("=")[0] not in keys), *words]
        command_line.launch(target, "run")

    return work


def _is_said(words: str) -> bool:
    """Whether a refusal has a head and at least one sentence, or is one sentence."""
    lines = [line for line in words.splitlines() if line.strip()]
    heads = [place for place, line in enumerate(lines) if line.startswith("error: ")]
    if not heads:
        return False
    listed = "with this command" in lines[heads[-1]]
    return not listed or any(line.startswith("  - ") for line in lines[heads[-1] :])


def _report(seed: int, number: int, result: Result) -> None:
    typed = ascii(shlex.join(command(seed, number)))[1:-1]
    told = [ascii(line)[1:-1][:400] for line in result.words.splitlines() if not line.startswith("Error executing job")]
    print(f"case {number} ended in {result.ending} after {result.seconds:.1f} s: {typed[:600]}")
    print("\n".join(told[-20:]), flush=True)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = campaign.parser("configs", __doc__ or "", count=200)
    parser.add_argument("--run", action="store_true", help="run what is taken, instead of making the stages alone")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
