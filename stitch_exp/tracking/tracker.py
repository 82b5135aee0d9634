"""Where the scalars of a run are recorded: always a CSV of losses, and W&B (`tracking.wandb_run`) when asked."""

from __future__ import annotations

import csv
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from stitch_exp.store.disk import storage_errors
from stitch_exp.types import Report

log = logging.getLogger("stitch_exp")


@runtime_checkable
class RunTracker(Protocol):
    """Records scalars while a run works and its results at the end."""

    def log(self, stage: str, values: Mapping[str, float]) -> None: ...

    def results(
        self, report: Report, folder: Path, pictures: Mapping[str, np.ndarray], people: Sequence[Report] = ()
    ) -> None:
        """What was measured, and of each person where several are edited."""
        ...

    def close(self, failed: bool) -> None: ...


class CsvTracker:
    """`losses.csv`: one row per recorded scalar (stage, step, name, value)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = (folder / "losses.csv").open("w", newline="")
        self._rows = csv.writer(self._file)
        self._rows.writerow(["stage", "step", "name", "value"])
        self._steps: dict[str, int] = {}

    def log(self, stage: str, values: Mapping[str, float]) -> None:
        step = self._steps[stage] = self._steps.get(stage, -1) + 1
        with storage_errors(self._folder):
            self._rows.writerows([stage, step, name, f"{value:.6g}"] for name, value in values.items())

    def results(
        self, report: Report, folder: Path, pictures: Mapping[str, np.ndarray], people: Sequence[Report] = ()
    ) -> None:
        return None

    def close(self, failed: bool) -> None:
        try:
            self._file.close()
        except OSError:
            log.warning("losses.csv is incomplete, as the disk is full")


class Trackers:
    """Several trackers as one."""

    def __init__(self, trackers: list[RunTracker]) -> None:
        self._trackers = trackers

    def log(self, stage: str, values: Mapping[str, float]) -> None:
        for tracker in self._trackers:
            tracker.log(stage, values)

    def results(
        self, report: Report, folder: Path, pictures: Mapping[str, np.ndarray], people: Sequence[Report] = ()
    ) -> None:
        for tracker in self._trackers:
            tracker.results(report, folder, pictures, people)

    def close(self, failed: bool) -> None:
        for tracker in self._trackers:
            tracker.close(failed)
