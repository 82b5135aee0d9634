"""Read finished run folders back: what was measured, under which name, at which cost."""

from __future__ import annotations

import glob
import hashlib
import json
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from stitch_exp import STAGES
from stitch_exp.errors import DataError
from stitch_exp.report import words
from stitch_exp.report.records import read_json, read_metrics
from stitch_exp.report.status import read_status
from stitch_exp.report.table import Entry
from stitch_exp.types import MetricResult

log = logging.getLogger(__name__)
NOT_A_METHOD = (
    "video", "clip", "paths", "logger", "experiment", "benchmark", "experiment_name", "runtime", "rerun", "debug",
    "comparison", "seed", "launcher", "hydra", "trainer", "parts", "part",
)  # fmt: skip
"""Overrides that do not distinguish two rows of a table."""
SHARED = ("video", "aligner", "encoder", "tuning", "edit", "stitching")
"""Stages whose artefacts are kept; a reused one cost what it cost the run that made it."""


@dataclass(frozen=True)
class FinishedRun:
    """A run folder with its records."""

    folder: Path
    status: dict[str, Any]
    results: tuple[MetricResult, ...]

    @property
    def typed(self) -> list[str]:
        """The overrides that make this run another method: not those about the clip or the machine."""
        return [item for item in self.status.get("overrides", []) if not _is_about(item, NOT_A_METHOD)]

    @property
    def clip(self) -> str:
        """Hash of the source and its frame range."""
        return str(read_json(self.folder / "provenance.json").get("input", {}).get("digest", self.folder))

    @property
    def clip_name(self) -> str:
        """The word of `video=` where it names a clip, else the name of its file."""
        chosen = [item.partition("=") for item in self.status.get("overrides", [])]
        named = [word for key, _, word in chosen if key in ("clip", "video") and word not in ("file", "frames")]
        name = str(read_json(self.folder / "provenance.json").get("input", {}).get("name", "clip"))
        return named[-1] if named else Path(name).stem

    @property
    def edits(self) -> dict[str, float]:
        """Strength of each edit."""
        return read_json(self.folder / "provenance.json").get("edit", {})

    @property
    def config(self) -> dict[str, Any]:
        """The resolved settings.

        Raises:
            DataError: The file is damaged or gone.
        """
        path = self.folder / "config.yaml"
        try:
            settings = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, yaml.YAMLError) as error:
            raise DataError(f"{path} cannot be read ({error}); run it again") from error
        if not isinstance(settings, dict):
            raise DataError(f"{path} cannot be read (it holds no settings); run it again")
        return settings


def entries(runs: Sequence[FinishedRun]) -> list[Entry]:
    """What tables are made of; rows are named by the overrides in which the runs differ."""
    common = set.intersection(*(set(run.typed) for run in runs)) if runs else set()
    return [
        _entry(run, [item for item in run.typed if item not in common], cost)
        for run, cost in zip(runs, costs(runs), strict=True)
    ]


def _entry(run: FinishedRun, typed: Sequence[str], cost: tuple[MetricResult, MetricResult]) -> Entry:
    edits = run.edits
    base = _label([item for item in typed if not item.startswith("edit.strength=")])
    return Entry(
        _label(typed),
        run.clip,
        (*run.results, *cost),
        edit=", ".join(edits),
        strength=next(iter(edits.values())) if len(edits) == 1 else None,
        base=base,
    )


def _label(typed: Sequence[str]) -> str:
    arms = [item.partition("=")[2].replace("_", " ") for item in typed if item.startswith("arm=")]
    return " ".join([*arms, *(item for item in typed if not item.startswith("arm="))]) or "default"


def find_runs(pattern: str) -> tuple[list[FinishedRun], list[tuple[str, str]]]:
    """All complete runs below a pattern, the newest of each cell, and (name, reason) of those that failed.

    Raises:
        DataError: Nothing at all was run there.
    """
    complete, failed = read_runs(sorted({path.parent for path in _status_files(pattern)}, key=natural))
    if not complete and not failed:
        raise DataError(f"no run folder matches runs='{pattern}'; quote the pattern, for example runs='outputs/**'")
    return complete, failed


def read_runs(folders: Sequence[Path]) -> tuple[list[FinishedRun], list[tuple[str, str]]]:
    """As `find_runs`, of these run folders; where a cell was run twice the later in the list counts.

    A finished part of a clip is no run.
    A run with damaged records is one that failed: it does not cost the table of the others.
    """
    complete: dict[str, FinishedRun] = {}
    failed: dict[str, tuple[str, str]] = {}
    for folder in folders:
        status = read_status(folder)
        cell = status.get("cell", str(folder))
        if status.get("status") == "skipped" or (status.get("status") == "complete" and "part" in status):
            continue
        reason = status.get("error") or f"status is {status.get('status', 'unknown')!r}"
        if status.get("status") == "complete" and (folder / "metrics.json").is_file():
            try:
                run = FinishedRun(folder, status, _results(folder))
                _stage_keys(run)  # asks for the other records
                complete[cell] = run
                continue
            except DataError as error:
                reason = str(error)
        failed[cell] = (f"{status.get('name', '')} ({folder})".strip(), reason)
    return list(complete.values()), [what for cell, what in failed.items() if cell not in complete]


def _status_files(pattern: str) -> list[Path]:
    found = [Path(hit) for hit in glob.glob(str(Path(pattern).expanduser()), recursive=True)]
    inside = [path / "status.json" for path in found if path.is_dir()]
    return [path for path in (*inside, *(p for p in found if p.name == "status.json")) if path.is_file()]


def natural(path: Path) -> list[tuple[int, int, str]]:
    """Sort key that puts cell 10 after cell 9."""
    parts = re.split(r"(\d+)", str(path))
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]


def _results(folder: Path) -> tuple[MetricResult, ...]:
    """What the run measured, and what `eval.py` has added; of an addition that is damaged its numbers are left out."""
    found = list(read_metrics(folder).results)
    for path in sorted(folder.glob("evaluated/*/metrics.json")):
        try:
            found.extend(read_metrics(path.parent).results)
        except DataError as error:
            log.warning("without what eval.py added: %s", error)
    return tuple(found)


def costs(runs: Sequence[FinishedRun]) -> list[tuple[MetricResult, MetricResult]]:
    """Seconds per frame and peak memory of each run.

    A stage read from the store counts what it took in the run that made it; when that run is not among `runs`, the
    seconds are undefined.
    """
    spent: dict[str, float] = {}
    for run in runs:
        for stage, key in _stage_keys(run).items():
            if stage not in run.status.get("reused", []):
                spent[key] = float(run.status["seconds"].get(stage, 0.0))
    return [(_seconds_per_frame(run, spent), _peak_memory(run)) for run in runs]


def _seconds_per_frame(run: FinishedRun, spent: dict[str, float]) -> MetricResult:
    keys = _stage_keys(run)
    reused = set(run.status.get("reused", []))
    seconds = [
        spent.get(keys[stage], float("nan")) if stage in reused else float(value)
        for stage, value in run.status.get("seconds", {}).items()
        if stage in STAGES
    ]
    frames = run.status.get("frames") or 1
    return words.SECONDS.result(sum(seconds) / frames)


def _peak_memory(run: FinishedRun) -> MetricResult:
    peaks = [float(value) for value in run.status.get("peak_memory_mb", {}).values()]
    return words.MEMORY.result(max(peaks, default=float("nan")))


def _stage_keys(run: FinishedRun) -> dict[str, str]:
    """For each stage a hash of the clip and of the settings of all stages up to it."""
    settings, keys, text = run.config, {}, run.clip
    for stage in SHARED[1:]:
        text += json.dumps(settings.get(stage), sort_keys=True, default=str)
        keys[stage] = hashlib.sha256(text.encode()).hexdigest()
    return keys


def _is_about(override: str, keys: Sequence[str]) -> bool:
    return re.split(r"[.=]", override.lstrip("+~"), maxsplit=1)[0] in keys
