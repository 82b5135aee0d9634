"""Run the pipeline once and leave a finished run folder behind."""

from __future__ import annotations

import contextlib
import json
import logging
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stitch_exp import pipeline
from stitch_exp.app import crowd, parts
from stitch_exp.app.cell import describe, overrides
from stitch_exp.building.builder import Builder, weight_files
from stitch_exp.building.resolution import settled
from stitch_exp.config import edits
from stitch_exp.console import environment
from stitch_exp.console.progress import Costs, Followed, Listener, Screen
from stitch_exp.report import summary
from stitch_exp.report.page import render_report
from stitch_exp.report.records import write_metrics
from stitch_exp.report.status import write_status
from stitch_exp.store import mapped
from stitch_exp.tracking import provenance
from stitch_exp.tracking.tracker import CsvTracker, RunTracker, Trackers
from stitch_exp.tracking.wandb_run import WandbTracker
from stitch_exp.types import Clip, Treatment, Workspace
from stitch_exp.video.compare import side_by_side
from stitch_exp.video.file import FileVideo
from stitch_exp.video.write import write_video

log = logging.getLogger("stitch_exp")

Ran = pipeline.Outcome | pipeline.Everybody


def run_and_deliver(
    cfg: DictConfig, folder: Path, console: Console, listener: Listener | None = None
) -> dict[str, Any]:
    """Run one job; returns what `status.json` says about it (seconds, memory, reused stages)."""
    ready(cfg)
    if cfg.part is not None:
        return parts.run_part(cfg, folder, console)
    costs, screen = Costs(), Screen(console, listener)
    with screen.bars, costs.measure("networks"):
        cfg = settled(cfg)
        builder = Builder(cfg)
        stages = builder.stages()
    store = builder.store()
    with _tracked(cfg, folder) as tracker:
        with screen.bars:
            work = Workspace(track=mapped.releasing(screen.track), log=tracker.log)
            line = pipeline.run_for_everybody if cfg.aligner.follow == "all" else pipeline.run
            outcome: Ran = line(stages, store, work, costs.measure, parts.of(cfg))
            with costs.measure("writing"):
                _write_videos(outcome, folder, work, cfg.comparison)
        facts = _facts(outcome, costs)
        _write_records(cfg, outcome, folder, facts, builder.device)
        pictures = {"before_after": _before_after(outcome)}
        tracker.results(outcome.report, folder, pictures, crowd.reports(outcome))
    if cfg.live:
        go_live(outcome.clip, folder, console)
    _summary(console, outcome, folder, facts)
    return facts


def go_live(clip: Clip, folder: Path, console: Console) -> None:
    """Teach the run's edit to a live network, and edit all of the clip's file with it."""
    from stitch_exp.app import distilling, live

    distilling.distil(folder, (), console)
    figures = live.whole_file(folder, clip, folder / "live.mp4")
    (folder / "live_session.json").write_text(json.dumps(figures, indent=1))


def ready(cfg: DictConfig) -> None:
    """Seed the process and say how many threads it may use, before anything is built."""
    pl.seed_everything(cfg.seed, workers=True, verbose=False)
    torch.set_num_threads(cfg.runtime.threads or environment.threads())


@contextlib.contextmanager
def _tracked(cfg: DictConfig, folder: Path) -> Iterator[Trackers]:
    trackers: list[RunTracker] = [CsvTracker(folder)]
    if cfg.logger.name == "wandb":
        config = OmegaConf.to_container(cfg, resolve=True)
        trackers.append(WandbTracker(folder, config, cfg.logger, describe(cfg), _sweep(folder)))  # type: ignore[arg-type]
    both = Trackers(trackers)
    try:
        yield both
    except BaseException:
        both.close(failed=True)
        raise
    both.close(failed=False)


def _sweep(folder: Path) -> str | None:
    """The sweep a cell belongs to, by experiment and time; None for a single run."""
    if not HydraConfig.initialized() or HydraConfig.get().mode != RunMode.MULTIRUN:
        return None
    return "/".join(folder.parts[-3:-1])


def _write_videos(outcome: Ran, folder: Path, work: Workspace, comparison: bool) -> None:
    edited, path = outcome.composed.clip, folder / "edited.mp4"
    write_video(replace(edited, frames=Followed(edited.frames, work, f"writing {path.name}")), path)
    if not comparison:
        return
    # From the file: composing again would cost more than decoding.
    both = side_by_side(outcome.clip, FileVideo(path=str(path), start=0, frames=None)(), labels=("source", "edited"))
    write_video(replace(both, frames=Followed(both.frames, work, "writing comparison.mp4")), folder / "comparison.mp4")


def _facts(outcome: Ran, costs: Costs) -> dict[str, Any]:
    return {
        **costs.figures(),
        "reused": list(outcome.reused),
        "frames": len(outcome.clip.frames),
        "cuts": list(outcome.composed.cuts),
        "treated": dict(Counter(item.kind for item in outcome.composed.treatments)),
        "kept_in_front": _kept(outcome.composed.treatments),
        **crowd.facts(outcome),
    }


def _kept(treatments: Sequence[Treatment]) -> dict[str, int | float]:
    """In how many frames something stands in front of the face, and how much of the head it hides in the mean."""
    shares = [item.kept for item in treatments if item.kept]
    return {"frames": len(shares), "share": round(float(np.mean(shares)), 4)} if shares else {}


def _write_records(cfg: DictConfig, outcome: Ran, folder: Path, facts: dict[str, Any], device: torch.device) -> None:
    _write_config(cfg, folder / "config.yaml")
    clip = outcome.clip
    terms = outcome.edited.terms
    story = provenance.describe(clip.name, clip.digest, weight_files(cfg), cfg.seed, overrides(), device)
    (folder / "provenance.json").write_text(
        json.dumps(story | {"edit": dict(terms), "edit_meaning": edits.meanings(terms)}, indent=1)
    )
    write_status(folder, facts | {"status": "complete", "name": describe(cfg)})
    write_metrics(outcome.report, folder, outcome.composed.status, outcome.composed.treatments, outcome.composed.cuts)
    crowd.write(outcome, folder)
    render_report(folder, clip)


def _write_config(cfg: DictConfig, path: Path) -> None:
    """The resolved settings, as a root config that `--config-path` runs again."""
    # The bytes do not depend on parts, and whoever runs this again need not have them.
    whole = cfg if cfg.get("parts") is None else OmegaConf.merge(cfg, {"parts": None})
    text = OmegaConf.to_yaml(whole, resolve=True)
    path.write_text(f"defaults: [schema, _hydra, _self_]\n{text}", encoding="utf-8")


def _before_after(outcome: Ran) -> np.ndarray:
    middle = len(outcome.clip.frames) // 2
    return np.concatenate([outcome.clip.frames[middle], outcome.composed.clip.frames[middle]], axis=1)


def _summary(console: Console, outcome: Ran, folder: Path, facts: dict[str, Any]) -> None:
    terms = outcome.edited.terms
    table = Table.grid(padding=(0, 2))
    for label, text in summary.closing(outcome.report.results, terms, outcome.clip.name, facts, edits.meanings(terms)):
        table.add_row(Text(label, style="bold"), Text(text))
    console.print(table)
    for name in ("edited.mp4", "comparison.mp4", "live.mp4", "report.html"):
        if (folder / name).is_file():
            sys.stdout.write(f"{folder / name}\n")
