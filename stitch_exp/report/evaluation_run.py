"""One W&B run that holds a whole evaluation: tables, pictures, videos, and the files of the runs."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from stitch_exp.report.table import Entry, Table
from stitch_exp.video import FileVideo

MAX_VIDEOS = 24
"""Runs whose comparison is shown; the tables and the artifact have all runs."""
FILES = (
    "edited.mp4", "report.html", "metrics.json", "evaluated/*/metrics.json", "frames.csv", "losses.csv", "config.yaml",
    "provenance.json", "status.json",
)  # fmt: skip
"""What of a run folder goes into the artifact."""


def record(run: Any, tables: Sequence[Table], folder: Path, runs: Sequence[tuple[Entry, Path]]) -> None:
    """Log the evaluation as one W&B run and finish it.

    Args:
        run: The W&B run, as `wandb.init` gives it.
        tables: What `benchmark.*` holds.
        folder: Where `benchmark.*` lies.
        runs: What was evaluated, and the folder of each.
    """
    import wandb

    names = _names([path for _, path in runs])
    shown = [
        (f"{entry.method}, {name}", path / "comparison.mp4")
        for (entry, path), name in zip(runs, names, strict=True)
        if (path / "comparison.mp4").is_file()
    ][:MAX_VIDEOS]
    content: dict[str, Any] = {
        f"benchmark/{place}": wandb.Table(columns=_columns(table), data=_rows(table))
        for place, table in enumerate(tables)
    }
    content["runs"] = _run_table(wandb, [entry for entry, _ in runs], names)
    if shown:
        content["comparison"] = [wandb.Video(str(path), format="mp4", caption=caption) for caption, path in shown]
        content["before_after"] = [wandb.Image(_middle_frame(path), caption=caption) for caption, path in shown]
    run.log(content)
    run.log_artifact(_artifact(wandb, folder, {name: path for name, (_, path) in zip(names, runs, strict=True)}))
    run.finish()


def _names(folders: Sequence[Path]) -> list[str]:
    """Run folders as seen from the one that contains them all, such as `ablation/2026-11-22_10-00-00/3`."""
    top = os.path.commonpath([path.parent.absolute() for path in folders])
    return [str(path.absolute().relative_to(top)) for path in folders]


def _columns(table: Table) -> list[str | int]:
    return ["method", "clips", *(f"{column.name} {column.instrument}".strip() for column in table.columns)]


def _rows(table: Table) -> list[Iterable[Any]]:
    return [
        [method, len(table.clips[method]), *(_plain(table.cell(method, column).mean) for column in table.columns)]
        for method in table.methods
    ]


def _run_table(wandb: Any, entries: Sequence[Entry], names: Sequence[str]) -> Any:
    """One row a run, one column a metric and instrument."""
    values = [
        {f"{item.name} {item.instrument}".strip(): _plain(item.value) for item in entry.results} for entry in entries
    ]
    columns = list(dict.fromkeys(column for row in values for column in row))
    rows = [
        [entry.method, entry.clip, name, *(row.get(column) for column in columns)]
        for entry, name, row in zip(entries, names, values, strict=True)
    ]
    return wandb.Table(columns=["method", "clip", "run", *columns], data=rows)


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _middle_frame(path: Path) -> Any:
    frames = FileVideo(path=str(path), start=0, frames=None)().frames
    return frames[len(frames) // 2]


def _artifact(wandb: Any, folder: Path, runs: Mapping[str, Path]) -> Any:
    # "immutable": read from where they lie when they are uploaded, instead of being copied to the home folder now.
    artifact = wandb.Artifact("benchmark", type="evaluation")
    for path in sorted(folder.glob("benchmark.*")):
        artifact.add_file(str(path), policy="immutable")
    for name, run in runs.items():
        for path in sorted(found for pattern in FILES for found in run.glob(pattern)):
            artifact.add_file(str(path), name=f"runs/{name}/{path.relative_to(run)}", policy="immutable")
    return artifact
