"""One W&B run that holds a whole evaluation: tables, videos, and the records of the runs."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stitch_exp.metrics.table import Table

MAX_VIDEOS = 24


def record(tables: Sequence[Table], folder: Path, runs: Sequence[Path], settings: Mapping[str, Any]) -> None:
    """Log the evaluation as one run, offline or online as the logger says.

    Args:
        tables: What `benchmark.*` holds.
        folder: Where `benchmark.*` lies; the W&B run goes beside it.
        runs: Folders that were evaluated; their videos and records are logged.
        settings: The `logger` group.
    """
    os.environ.setdefault("WANDB_SILENT", "true")
    import wandb

    run = wandb.init(
        project=settings["project"], entity=settings["entity"], mode=settings["mode"], tags=list(settings["tags"]),
        dir=str(folder), job_type="evaluation", name=folder.name, reinit="finish_previous",
        settings=wandb.Settings(console="off", silent=True, x_disable_stats=True),
    )  # fmt: skip
    content: dict[str, Any] = {
        f"benchmark/{place}": wandb.Table(columns=_columns(table), data=_rows(table))
        for place, table in enumerate(tables)
    }
    for place, path in enumerate([path / "comparison.mp4" for path in runs][:MAX_VIDEOS]):
        if path.is_file():
            content[f"videos/{place}"] = wandb.Video(str(path), format="mp4", caption=path.parent.name)
    run.log(content)
    run.log_artifact(_records(wandb, folder, runs))
    run.finish()


def _columns(table: Table) -> list[str]:
    return ["method", "clips", *(f"{column.name} {column.instrument}".strip() for column in table.columns)]


def _rows(table: Table) -> list[list[Any]]:
    return [
        [method, len(table.clips[method]), *(_plain(table.cell(method, column).mean) for column in table.columns)]
        for method in table.methods
    ]


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _records(wandb: Any, folder: Path, runs: Sequence[Path]) -> Any:
    artifact = wandb.Artifact("benchmark", type="evaluation")
    for path in sorted(folder.glob("benchmark.*")):
        artifact.add_file(str(path))
    for place, path in enumerate(runs):
        for name in ("metrics.json", "frames.csv", "config.yaml", "provenance.json"):
            if (path / name).is_file():
                artifact.add_file(str(path / name), name=f"runs/{place}/{name}")
    return artifact
