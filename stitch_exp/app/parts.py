"""One part of a clip: what a worker stitches, kept in the store for the run that joins all of them."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from omegaconf import DictConfig
from rich.console import Console

from stitch_exp import pipeline
from stitch_exp.app.cell import overrides
from stitch_exp.building.builder import Builder
from stitch_exp.building.resolution import settled
from stitch_exp.config.phases import is_about
from stitch_exp.console.progress import Costs, Screen
from stitch_exp.pipeline import Line, Parts
from stitch_exp.store import mapped
from stitch_exp.tracking.tracker import CsvTracker
from stitch_exp.types import Workspace


def of(cfg: DictConfig) -> Parts | None:
    """The parts that the settings name; None where the clip is stitched in one."""
    if cfg.parts is None or cfg.parts < 2:
        return None
    return Parts(cfg.parts, command(overrides(), cfg.parts))


def command(typed: list[str], parts: int) -> str:
    """What a user types to make some parts of a run, with `{parts}` for their numbers."""
    rest = [word for word in typed if not any(is_about(word, key) for key in ("parts", "part"))]
    said = " ".join(["python run.py -m", *map(shlex.quote, rest)]).replace("{", "{{").replace("}", "}}")
    return f"{said} parts={parts} part={{parts}}"


def run_part(cfg: DictConfig, folder: Path, console: Console) -> dict[str, Any]:
    """Stitch one part of a clip; returns what `status.json` says about it.

    Alignment, pivots and tuning are made here only where no other worker is making them.
    """
    costs, screen = Costs(), Screen(console)
    parts = Parts(cfg.parts)
    with screen.bars, costs.measure("networks"):
        cfg = settled(cfg)
        builder = Builder(cfg)
        stages = builder.stages()
        stages.stitching.check_apart()
    tracker = CsvTracker(folder)
    try:
        with screen.bars:
            work = Workspace(track=mapped.releasing(screen.track), log=tracker.log)
            lines = _lines(cfg, stages, Line(builder.store(), work, costs.measure))
            faces = [pipeline.make_part(stages, line, prepared, parts, cfg.part) for line, prepared in lines]
    finally:
        tracker.close(failed=False)
    return {
        "part": f"{cfg.part}/{cfg.parts}",
        "faces": [[part.start, part.stop] for part in faces],
        **costs.figures(),
        "reused": lines[0][0].reused,
    }


def _lines(cfg: DictConfig, stages: pipeline.Stages, line: Line) -> list[tuple[Line, pipeline.Prepared]]:
    """Each person who is edited, as far as the tuning."""
    if cfg.aligner.follow != "all":
        return [(line, pipeline.prepare(stages, line))]
    return pipeline.prepare_everybody(stages, line.store, line.work, line.meter).people
