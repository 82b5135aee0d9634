"""A sweep of 1,000 cells: stopped in the middle, resumed, tabled, with flat memory.

    python -m bench.thousand [--cells 100 1000] [--launcher basic]

A cell does all that one of `run.py` does but the pipeline itself: its identity is hashed, an earlier result is looked
for, its records are written by the writers of a run (60 frames, every metric). One in a hundred fails. The sweep is
stopped by SIGTERM when half of it is done; the same command then goes on. Printed: cells made before and after, cells
made twice (must be 0), failures with their commands, the peak memory of the second command and of `eval.py` over all
run folders.

Hydra composes the settings of a cell twice before it begins, which takes about a second. So the cells are handed to
`app.job.job` one after the other, as Hydra's own launcher does it, but composed once; with --launcher all of it runs.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict, read_write
from rich.console import Console

from stitch_exp.app import job, sweep
from stitch_exp.app.deliver import _write_config
from stitch_exp.app.folders import claim
from stitch_exp.app.main import launch
from stitch_exp.app.sweep import SweepSummary
from stitch_exp.config.composing import composed
from stitch_exp.console import environment, stopping
from stitch_exp.errors import FaceError
from stitch_exp.measures.catalogue import OF_IDENTITY, QUANTITIES
from stitch_exp.report.records import write_metrics
from stitch_exp.types import MetricResult, Report, Treatment

FRAMES, STRENGTHS, ONE_IN = 60, 10, 100
INSTRUMENT = "identity=dlib 0123456789ab; crop made; landmarks made"
MADE = "made.txt"
"""In the experiment's folder: a line for each cell whose work was done."""
SETTINGS = ("model=mini", "logger=none", "experiment_name=thousand", "comparison=false")
Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> list[Row]:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.thousand", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cells", type=int, nargs="+", default=[100, 1000], help="multiples of 10")
    parser.add_argument("--launcher", help="a real one, such as basic")
    options = parser.parse_args(arguments)
    rows = []
    for cells in options.cells:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(measure(Path(folder), cells, options.launcher))
        print(rows[-1], file=sys.stderr, flush=True)
    print(table(rows))
    return rows


def measure(folder: Path, cells: int, launcher: str | None) -> Row:
    """One sweep of so many cells, stopped and resumed, and its table."""
    words = [f"seed=range({cells // STRENGTHS})", f"edit.strength={','.join(map(str, range(1, STRENGTHS + 1)))}"]
    command = ["--run", "-m", *SETTINGS, f"launcher={launcher}", *words, f"paths.outputs={folder}"]
    if launcher is None:
        command = ["--straight", str(cells), str(folder)]
    experiment = folder / "thousand"
    first = child(command, stop_after=cells // 2, experiment=experiment)
    made_first = made(experiment)
    second = child(command)
    made_all = made(experiment)
    tabled = child(["--eval", f"runs={experiment}/**", f"hydra.run.dir={folder}/tabled"])
    return {
        "cells": cells, "first": len(made_first), "second": len(made_all) - len(made_first),
        "twice": len(made_all) - len(set(made_all)) - failures_again(made_first, made_all),
        "failed": second["text"].count("python run.py "), "codes": [first["code"], second["code"], tabled["code"]],
        "sweep_mb": second["peak_mb"], "table_mb": tabled["peak_mb"], "sweep_s": second["processor"],
        "table_s": tabled["processor"], "rows": len((folder / "tabled/benchmark.csv").read_text().splitlines()),
    }  # fmt: skip


def straight(cells: int, outputs: Path) -> int:
    """The cells one after the other in this process, then the end of the sweep; returns the exit code.

    Raises:
        Stopped: By a signal, between two cells.
    """
    environment.return_freed_memory = lambda: None  # nothing large is freed here
    job.runner = lambda: pretend
    cfg = composed([*SETTINGS, f"paths.outputs={outputs}"])
    folder = claim(outputs / "thousand" / "sweep")
    for number in range(cells):
        stopping.check()
        place = folder / str(number)
        place.mkdir()
        job.job(_cell_of(cfg, number, place))
    SweepSummary().on_multirun_end(OmegaConf.create({"hydra": {"sweep": {"dir": str(folder)}}}))
    return int(sweep.failed_cells > 0)


def _cell_of(cfg: DictConfig, number: int, place: Path) -> DictConfig:
    """The settings of one cell, while Hydra answers as it does inside its job."""
    seed, strength = divmod(number, STRENGTHS)
    with read_write(cfg.hydra), open_dict(cfg):
        cfg.seed, cfg.edit.strength = seed, float(strength + 1)
        cfg.hydra.runtime.output_dir, cfg.hydra.mode = str(place), RunMode.MULTIRUN
        cfg.hydra.overrides.task = [f"seed={seed}", f"edit.strength={strength + 1}"]
    HydraConfig.instance().set_config(cfg)
    own = cfg.copy()
    with open_dict(own):
        own.pop("hydra")
    return own


def stoppable(cells: int, outputs: Path) -> int:
    """`straight` in a process of its own, which SIGTERM ends as it ends a run."""
    stopping.listen()
    try:
        return straight(cells, outputs)
    except stopping.Stopped as error:
        return error.exit_code


def failures_again(first: Sequence[str], both: Sequence[str]) -> int:
    """How many cells were tried again because they had failed: that is what resuming is for."""
    return sum(fails(name) for name in set(first) if both.count(name) > 1)


def made(experiment: Path) -> list[str]:
    """The cells whose work was done so far, in order, each as often as it was done."""
    path = experiment / MADE
    return path.read_text().split() if path.is_file() else []


def child(words: Sequence[str], *, stop_after: int = 0, experiment: Path = Path()) -> Row:
    """One command in a process of its own: exit code, what it said, peak memory and processor time.

    Args:
        words: Of this module: which command, and what is typed behind it.
        stop_after: Stop it by SIGTERM when so many cells are done; 0 lets it end.
        experiment: Where they are counted.
    """
    line = [sys.executable, "-m", "bench.thousand", *words]
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(line, stdout=log, stderr=log, env=os.environ | {"COLUMNS": "200"})
        while stop_after and process.poll() is None and len(made(experiment)) < stop_after:
            time.sleep(0.1)
        if stop_after and process.poll() is None:
            process.send_signal(signal.SIGTERM)
        _, state, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(state)
        log.seek(0)
        said = log.read()
    spent = usage.ru_utime + usage.ru_stime
    return {"code": process.returncode, "text": said, "peak_mb": usage.ru_maxrss / 1024, "processor": spent}


def cell(cfg: DictConfig) -> job.Ended:
    """What the launcher runs: a cell of `run.py` with the pipeline left out."""
    job.runner = lambda: pretend
    return job.job(cfg)


def pretend(cfg: DictConfig, folder: Path, console: Console) -> dict[str, Any]:
    """The records of a finished run, without a run.

    Raises:
        FaceError: For one cell in `ONE_IN`.
    """
    name = f"{cfg.seed}/{cfg.edit.strength:g}"
    if fails(name):
        _note(folder, name)
        raise FaceError(f"no face in clip {cfg.seed}")
    _write_config(cfg, folder / "config.yaml")
    clip = str(cfg.seed % 10)
    story = {"input": {"name": f"clip {clip}", "digest": clip}, "edit": {"age": cfg.edit.strength}}
    (folder / "provenance.json").write_text(json.dumps(story))
    write_metrics(report(cfg.seed), folder, ("detected",) * FRAMES, (Treatment("edited"),) * FRAMES)
    (folder / "edited.mp4").touch()
    _note(folder, name)
    return {"frames": FRAMES, "seconds": {"tuning": 1.0}, "peak_memory_mb": {"tuning": 100}, "reused": []}


def _note(folder: Path, name: str) -> None:
    with (folder.parents[1] / MADE).open("a") as file:
        file.write(f"{name}\n")


def fails(name: str) -> bool:
    """Whether a cell is one of those that fail."""
    seed, _, strength = name.partition("/")
    return (int(seed) * STRENGTHS + int(strength)) % ONE_IN == 7


def report(seed: int) -> Report:
    """Every number there is, with a curve, as a run of `FRAMES` frames would have it."""
    curves = np.random.default_rng(seed).random((len(QUANTITIES), FRAMES))
    return Report(tuple(
        MetricResult(item.name, float(curve.mean()), item.unit, item.better, curve, "",
                     INSTRUMENT if item.name in OF_IDENTITY else "")
        for item, curve in zip(QUANTITIES.values(), curves, strict=True)
    ))  # fmt: skip


def table(rows: Sequence[Row]) -> str:
    """Markdown, a column for each size."""
    lines = {
        "made before the stop, and after it": lambda one: f"{one['first']} + {one['second']}",
        "made twice": lambda one: f"{one['twice']}",
        "failures listed with their commands": lambda one: f"{one['failed']}",
        "second command: peak memory, MB": lambda one: f"{one['sweep_mb']:.0f}",
        "second command: processor time, s": lambda one: f"{one['sweep_s']:.0f}",
        "table: peak memory, MB": lambda one: f"{one['table_mb']:.0f}",
        "table: processor time, s": lambda one: f"{one['table_s']:.0f}",
    }
    head = "| | " + " | ".join(f"{one['cells']:,} cells" for one in rows) + " |\n|---|" + "---:|" * len(rows)
    return "\n".join([head, *(f"| {name} | {' | '.join(map(text, rows))} |" for name, text in lines.items())])


COMMANDS = {
    "--run": lambda: launch("bench.thousand.cell", "run"),
    "--eval": lambda: launch("stitch_exp.app.evaluate.evaluate", "eval"),
    "--straight": lambda: sys.exit(stoppable(int(sys.argv[1]), Path(sys.argv[2]))),
}
"""What `child` runs."""

if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1] in COMMANDS:
        COMMANDS[sys.argv.pop(1)]()
    else:
        main()
