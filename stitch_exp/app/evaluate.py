"""`eval.py`: tables of finished runs, or of any two videos."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from stitch_exp.app import messages, schema
from stitch_exp.app.build import Builder
from stitch_exp.app.job import Ended
from stitch_exp.app.making import make
from stitch_exp.app.messages import console
from stitch_exp.app.progress import Screen
from stitch_exp.app.wandb_run import start_run
from stitch_exp.errors import ConfigError
from stitch_exp.metrics.catalogue import IDENTITY
from stitch_exp.report import evaluation_run
from stitch_exp.report.finished import FinishedRun, entries, find_runs
from stitch_exp.report.formats import as_markdown, write_benchmark
from stitch_exp.report.page import render_report
from stitch_exp.report.records import read_metrics, write_metrics
from stitch_exp.report.table import Entry, build
from stitch_exp.report.words import COLUMNS
from stitch_exp.types import Clip, Report, Workspace
from stitch_exp.video import FileVideo, side_by_side, write_video

log = logging.getLogger("stitch_exp")


def evaluate(cfg: DictConfig) -> Ended:
    """Write the tables; the exit code is 0, 2 for settings that make no sense, 1 for anything else."""
    try:
        wrong = schema.complaints_about_evaluation(cfg.runs, cfg.source, cfg.edited)
        if wrong:
            raise ConfigError("; ".join(wrong))
        folder = Path(HydraConfig.get().runtime.output_dir)
        folder.mkdir(parents=True, exist_ok=True)
        with messages.shown_warnings():
            return Ended(_runs(cfg, folder) if cfg.runs is not None else _two_videos(cfg, folder))
    except Exception as error:
        if cfg.debug:
            console.print_exception()
        inner = messages.unwrapped(error)
        messages.fail(messages.sentence(inner))
        return Ended(messages.exit_code(inner))


def _runs(cfg: DictConfig, folder: Path) -> int:
    runs, failed = find_runs(cfg.runs)
    runs = [_completed(run, cfg) for run in runs]
    _deliver(cfg, folder, entries(runs), [run.folder for run in runs], failed)
    return 0


def _completed(run: FinishedRun, cfg: DictConfig) -> FinishedRun:
    """The run with the identity metrics it lacks, or lacks by the network that was asked for."""
    have = {result.instrument.split(" ")[0] for result in run.results if result.name in IDENTITY}
    wanted = None if cfg.get("identity") is None else _identity(cfg)
    if have and (wanted is None or f"identity={wanted.name}" in have):
        return run
    network = wanted or _identity(cfg)
    console.print(f"[dim]measuring {run.folder} with identity={network.name}[/dim]")
    source = Builder(OmegaConf.create(run.config)).source()()
    report, status = _compare(cfg, source, _file(run.folder / "edited.mp4"), network, IDENTITY)
    target = run.folder / "evaluated" / network.name
    target.mkdir(parents=True, exist_ok=True)
    write_metrics(report, target, status)
    return FinishedRun(run.folder, run.status, (*run.results, *read_metrics(target).results))


def _two_videos(cfg: DictConfig, folder: Path) -> int:
    source, edited = _file(Path(cfg.source)), _file(Path(cfg.edited))
    report, status = _compare(cfg, source, edited, _identity(cfg), None)
    write_metrics(report, folder, status)
    write_video(side_by_side(source, edited), folder / "comparison.mp4")
    story = {"input": {"name": f"{source.name} and {edited.name}", "digest": source.digest}}
    (folder / "provenance.json").write_text(json.dumps(story, indent=1))
    render_report(folder)
    _deliver(cfg, folder, [Entry(edited.name, source.digest, report.results)], [folder], [])
    return 0


def _compare(
    cfg: DictConfig, source: Clip, edited: Clip, identity: Any, names: tuple[str, ...] | None
) -> tuple[Report, tuple[str, ...]]:
    chosen = {} if names is None else {"names": list(names)}
    comparison = make(cfg.metrics, "metrics", identity=identity, **chosen)
    screen = Screen(console)
    with screen.bars:
        return comparison(source, edited, Workspace(track=screen.track))


def _identity(cfg: DictConfig) -> Any:
    """The network asked for; without a wish FaceNet where its weights are, else dlib."""
    if cfg.get("identity") is not None:
        return make(cfg.identity, "identity")
    options = {name: _option(cfg, name) for name in ("facenet", "dlib")}
    here = Path(options["facenet"].get("weights", "")).is_file()
    return make(options["facenet" if here else "dlib"], "identity")


def _option(cfg: DictConfig, name: str) -> DictConfig:
    node = OmegaConf.load(schema.config_folder() / "identity" / f"{name}.yaml")
    merged = OmegaConf.merge({"paths": cfg.paths}, {"identity": node})
    return OmegaConf.create(OmegaConf.to_container(merged.identity, resolve=True))  # type: ignore[return-value]


def _file(path: Path) -> Clip:
    return FileVideo(path=str(path), start=0, frames=None)()


def _deliver(
    cfg: DictConfig, folder: Path, found: list[Entry], folders: list[Path], failed: list[tuple[str, str]]
) -> None:
    tables, columns = build(found), list(cfg.columns or COLUMNS)
    paths = write_benchmark(tables, folder, columns=columns, failed=failed)
    out = Console()
    out.print(as_markdown([table.narrowed(columns) for table in tables], failed), markup=False, soft_wrap=True)
    for path in paths:
        out.print(str(path), markup=False, highlight=False, soft_wrap=True)
    if cfg.logger.name == "wandb":
        run = start_run(folder, cfg.logger, folder.name, job_type="evaluation")
        if run is not None:
            evaluation_run.record(run, tables, folder, list(zip(found, folders, strict=True)))
