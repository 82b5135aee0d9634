"""Where a run is recorded besides its folder: always a CSV of losses, and Weights & Biases when asked."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from stitch_exp.types import Report


@runtime_checkable
class Tracker(Protocol):
    """Records scalars while a run works and its results at the end."""

    def log(self, stage: str, values: Mapping[str, float]) -> None: ...

    def results(self, report: Report, folder: Path, pictures: Mapping[str, np.ndarray]) -> None: ...

    def close(self, failed: bool) -> None: ...


def start_run(folder: Path, settings: Mapping[str, Any], name: str, **more: Any) -> Any:
    """Start a W&B run that writes into `folder` and prints nothing.

    Args:
        folder: Its files go to `wandb/` inside.
        settings: The `logger` group.
        name: What the run is called.
        more: Further arguments of `wandb.init`.
    """
    os.environ.setdefault("WANDB_SILENT", "true")
    import wandb

    return wandb.init(
        project=settings["project"], entity=settings["entity"], mode=settings["mode"], tags=list(settings["tags"]),
        dir=str(folder), name=name, reinit="finish_previous",
        settings=wandb.Settings(console="off", silent=True, x_disable_stats=True), **more,
    )  # fmt: skip


class CsvTracker:
    """`losses.csv`: one row per recorded scalar (stage, step, name, value)."""

    def __init__(self, folder: Path) -> None:
        self._file = (folder / "losses.csv").open("w", newline="")
        self._rows = csv.writer(self._file)
        self._rows.writerow(["stage", "step", "name", "value"])
        self._steps: dict[str, int] = {}

    def log(self, stage: str, values: Mapping[str, float]) -> None:
        step = self._steps[stage] = self._steps.get(stage, -1) + 1
        self._rows.writerows([stage, step, name, f"{value:.6g}"] for name, value in values.items())

    def results(self, report: Report, folder: Path, pictures: Mapping[str, np.ndarray]) -> None:
        return None

    def close(self, failed: bool) -> None:
        self._file.close()


class WandbTracker:
    """One W&B run for the job: config, losses of both tuning loops, per-frame table, video, before/after.

    `finish()` is called by every job, so that a sweep makes one W&B run a job.
    """

    def __init__(self, folder: Path, config: dict[str, Any], settings: Mapping[str, Any], name: str) -> None:
        import wandb

        self._wandb = wandb
        self._run = start_run(folder, settings, name, config=config)
        self._steps: dict[str, int] = {}
        for stage in ("tuning", "stitching", "encoder"):
            self._run.define_metric(f"{stage}/*", step_metric=f"{stage}/update")

    def log(self, stage: str, values: Mapping[str, float]) -> None:
        step = self._steps[stage] = self._steps.get(stage, -1) + 1
        self._run.log({f"{stage}/update": step} | {f"{stage}/{name}": value for name, value in values.items()})

    def results(self, report: Report, folder: Path, pictures: Mapping[str, np.ndarray]) -> None:
        wandb = self._wandb
        self._run.summary.update({result.name: result.value for result in report.results})
        self._run.log({
            "per_frame": self._table(report),
            "edited": wandb.Video(str(folder / "edited.mp4"), format="mp4"),
            **{name: wandb.Image(picture) for name, picture in pictures.items()},
        })  # fmt: skip

    def _table(self, report: Report) -> Any:
        curves = {result.name: result.per_frame for result in report.results if result.per_frame is not None}
        length = max((len(curve) for curve in curves.values()), default=0)
        rows = [[frame, *(_cell(curve, frame) for curve in curves.values())] for frame in range(length)]
        return self._wandb.Table(columns=["frame", *curves], data=rows)

    def close(self, failed: bool) -> None:
        self._run.finish(exit_code=int(failed))


def _cell(curve: np.ndarray, frame: int) -> float | None:
    value = float(curve[frame]) if frame < len(curve) else math.nan
    return value if math.isfinite(value) else None


class Trackers:
    """Several trackers as one."""

    def __init__(self, trackers: list[Tracker]) -> None:
        self._trackers = trackers

    def log(self, stage: str, values: Mapping[str, float]) -> None:
        for tracker in self._trackers:
            tracker.log(stage, values)

    def results(self, report: Report, folder: Path, pictures: Mapping[str, np.ndarray]) -> None:
        for tracker in self._trackers:
            tracker.results(report, folder, pictures)

    def close(self, failed: bool) -> None:
        for tracker in self._trackers:
            tracker.close(failed)
