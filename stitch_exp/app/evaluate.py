"""`eval.py`: tables of finished runs, or of any two videos."""

from __future__ import annotations

import functools
import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf
from rich.console import Console
from rich.markup import escape

from stitch_exp.app.job import Ended
from stitch_exp.building import known
from stitch_exp.building.builder import Builder
from stitch_exp.building.making import make
from stitch_exp.config import schema
from stitch_exp.console import messages
from stitch_exp.console.messages import console
from stitch_exp.console.progress import Screen
from stitch_exp.errors import ConfigError, StitchError
from stitch_exp.measures.catalogue import IDENTITY
from stitch_exp.measures.truth import ForeignAnswers
from stitch_exp.report import evaluation_run
from stitch_exp.report.equal import at_equal_edit
from stitch_exp.report.finished import FinishedRun, entries, find_runs
from stitch_exp.report.formats import Extras, as_markdown, write_benchmark
from stitch_exp.report.gallery import gallery
from stitch_exp.report.look import Look
from stitch_exp.report.page import compared, render_report
from stitch_exp.report.records import keyed, read_metrics, write_metrics
from stitch_exp.report.table import Entry, build
from stitch_exp.report.words import COLUMNS
from stitch_exp.tracking.wandb_run import start_run
from stitch_exp.types import Clip, Report, Workspace
from stitch_exp.video import FileVideo, side_by_side, write_video
from stitch_exp.video.twin import twins

log = logging.getLogger("stitch_exp")


def evaluate(cfg: DictConfig) -> Ended:
    """Write the tables; the exit code is 0, 2 for settings that make no sense, 1 for anything else."""
    try:
        wrong = schema.complaints_about_evaluation(cfg.runs, cfg.source, schema.edited_videos(cfg))
        if wrong:
            raise ConfigError("; ".join(wrong))
        folder = Path(HydraConfig.get().runtime.output_dir)
        folder.mkdir(parents=True, exist_ok=True)
        with messages.shown_warnings():
            return Ended(_runs(cfg, folder) if cfg.runs is not None else _videos(cfg, folder))
    except Exception as error:
        if cfg.debug:
            console.print_exception()
        inner = messages.unwrapped(error)
        messages.fail(messages.sentence(inner))
        return Ended(messages.exit_code(inner))


def _runs(cfg: DictConfig, folder: Path) -> int:
    runs, failed = find_runs(cfg.runs)
    runs = [_completed(run, cfg) for run in runs]
    found = list(zip(entries(runs), (run.folder for run in runs), strict=True))
    _deliver(cfg, folder, found, failed, Extras())
    return 0


def _completed(run: FinishedRun, cfg: DictConfig) -> FinishedRun:
    """The run with the identity metrics it lacks, or lacks by the network that was asked for."""
    have = {result.instrument.split(" ")[0] for result in run.results if result.name in IDENTITY}
    asked = cfg.get("identity") is not None or cfg.metrics.recognisers
    if have and not asked:
        return run
    missing = [network for network in _identities(cfg) if f"identity={network.name}" not in have]
    return functools.reduce(lambda known, network: _measured_if_possible(known, cfg, network), missing, run)


def _measured_if_possible(run: FinishedRun, cfg: DictConfig, network: Any) -> FinishedRun:
    """The run with what the network says of it, or as it is where that cannot be had, as its source is gone."""
    try:
        return _measured(run, cfg, network)
    except StitchError as error:
        log.warning("%s is not measured with identity=%s: %s", run.folder, network.name, error)
        return run


def _measured(run: FinishedRun, cfg: DictConfig, network: Any) -> FinishedRun:
    console.print(f"[dim]measuring {escape(str(run.folder))} with identity={network.name}[/dim]")
    source = Builder(OmegaConf.create(run.config)).source()()
    report, status = _compare(cfg, source, _file(run.folder / "edited.mp4"), [network], IDENTITY)
    target = run.folder / "evaluated" / network.name
    target.mkdir(parents=True, exist_ok=True)
    write_metrics(report, target, status)
    return FinishedRun(run.folder, run.status, (*run.results, *read_metrics(target).results))


def _videos(cfg: DictConfig, folder: Path) -> int:
    """Each edited video against the source; with several of them each has a folder, and one page has all."""
    scene = known.settings(cfg.source) if _is_known(cfg) else None
    if scene is None and cfg.truth.edit is not None:
        raise ConfigError(f"truth.edit: the right answers are known of {', '.join(schema.known_clips())} alone")
    source = _file(Path(cfg.source)) if scene is None else known.clip(scene)
    paths = [Path(name) for name in schema.edited_videos(cfg).values()]
    identities, found, extras = _identities(cfg), [], Extras()
    for place, path in enumerate(paths):
        home = folder if len(paths) == 1 else folder / f"{place + 1}_{path.stem}"
        home.mkdir(exist_ok=True)
        pair = twins(source, _file(path))
        answers = None if scene is None else known.answers(scene, *pair[:2], cfg.truth.edit, cfg.truth.strength)
        report = _measure_pair(cfg, home, pair, identities, answers)
        found.append((Entry(path.name, source.digest, report.results), home))
        extras = _with(extras, path.name, report, pair)
    curves = {entry.method: _curves(Report(entry.results)) for entry, _ in found}
    extras = replace(extras, curves=compared(curves) if len(found) > 1 else ())
    _deliver(cfg, folder, found, [], extras)
    return 0


def _is_known(cfg: DictConfig) -> bool:
    """Whether the source is a clip with known answers; a file of that name is a file."""
    return cfg.source in schema.known_clips() and not Path(cfg.source).exists()


def _measure_pair(
    cfg: DictConfig,
    home: Path,
    pair: tuple[Clip, Clip, str],
    identities: list[Any],
    answers: ForeignAnswers | None,
) -> Report:
    source, edited, how = pair
    report, status = _compare(cfg, source, edited, identities, None, answers)
    if how:
        console.print(f"[dim]{escape(edited.name)}: {escape(how)}[/dim]")
    write_metrics(report, home, status)
    write_video(side_by_side(source, edited, labels=("source", "edited")), home / "comparison.mp4")
    story = {"input": {"name": f"{source.name} and {edited.name}", "digest": source.digest}, "compared": how or None}
    (home / "provenance.json").write_text(json.dumps(story, indent=1))
    render_report(home, source, edited)
    return report


def _with(extras: Extras, method: str, report: Report, pair: tuple[Clip, Clip, str]) -> Extras:
    """The page with what one more video adds to it."""
    source, edited, how = pair
    worst = [item | {"method": method} for item in Look(source, edited, _curves(report)).worst()[:3]]
    notes = [f"{method}: {how}."] if how else []
    return replace(extras, worst=(*extras.worst, *worst), notes=(*extras.notes, *notes))


def _curves(report: Report) -> dict[str, np.ndarray]:
    return {key: item.per_frame for key, item in keyed(report.results).items() if item.per_frame is not None}


def _compare(
    cfg: DictConfig,
    source: Clip,
    edited: Clip,
    identities: list[Any],
    names: tuple[str, ...] | None,
    answers: ForeignAnswers | None = None,
) -> tuple[Report, tuple[str, ...]]:
    chosen = {} if names is None else {"names": list(names)}
    comparison = make(cfg.metrics, "metrics", identity=identities[0], recognisers=identities, **chosen)
    screen = Screen(console)
    with screen.bars:
        return comparison(source, edited, Workspace(track=screen.track), answers)


def _identities(cfg: DictConfig) -> list[Any]:
    """The networks asked for; without a wish FaceNet where its weights are, else dlib."""
    if cfg.metrics.recognisers:
        return [make(one, "metrics.identity") for one in cfg.metrics.recognisers]
    return [_identity(cfg)]


def _identity(cfg: DictConfig) -> Any:
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
    cfg: DictConfig,
    folder: Path,
    found: list[tuple[Entry, Path]],
    failed: list[tuple[str, str]],
    extras: Extras,
) -> None:
    rows = [entry for entry, _ in found]
    tables, columns = build(rows), list(cfg.columns or COLUMNS)
    extras = replace(extras, gallery=gallery(found, folder), equal=at_equal_edit(rows))
    paths = write_benchmark(tables, folder, columns=columns, failed=failed, extras=extras)
    out = Console()
    out.print(as_markdown([table.narrowed(columns) for table in tables], failed), markup=False, soft_wrap=True)
    for path in paths:
        out.print(str(path), markup=False, highlight=False, soft_wrap=True)
    if cfg.logger.name == "wandb":
        run = start_run(folder, cfg.logger, folder.name, job_type="evaluation")
        if run is not None:
            evaluation_run.record(run, tables, folder, found)
