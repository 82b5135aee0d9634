"""The records of a run: `metrics.json` and `frames.csv`, the source of every table and page."""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from stitch_exp.errors import DataError
from stitch_exp.host.whole import written_whole
from stitch_exp.types import MetricResult, Report, Treatment

FORMAT = 1
_WORDS = ["status", "treatment", "reason", "shot"]
"""Columns of `frames.csv` that are no measurements."""


def write_metrics(
    report: Report,
    folder: Path,
    status: Sequence[str],
    treatments: Sequence[Treatment] = (),
    cuts: Sequence[int] = (),
) -> None:
    """Writes `metrics.json` (values and what they depend on) and `frames.csv` (one row a frame).

    The same report gives the same bytes. Undefined numbers are `null` and empty cells.

    Args:
        report: What was measured.
        folder: The run folder.
        status: `detected`, `interpolated` or `missing` for each frame of the clip.
        treatments: What was done to each frame and why; none for videos that another program edited.
        cuts: The first frame of each shot but the first.
    """
    results = [
        {
            "name": item.name,
            "value": _finite(item.value),
            "unit": item.unit,
            "better": item.better,
            "note": item.note,
            "instrument": item.instrument,
        }
        for item in report.results
    ]
    with written_whole(folder / "frames.csv") as unfinished:
        _write_frames(unfinished, report, status, treatments, cuts)
    text = json.dumps({"format": FORMAT, "results": results}, indent=1, allow_nan=False)
    with written_whole(folder / "metrics.json") as unfinished:
        unfinished.write_text(text + "\n")


def _write_frames(
    path: Path, report: Report, status: Sequence[str], treatments: Sequence[Treatment], cuts: Sequence[int]
) -> None:
    curves = {key: item.per_frame for key, item in keyed(report.results).items() if item.per_frame is not None}
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["frame", *(_WORDS if treatments else ["status"]), *curves])
        shots = np.searchsorted(cuts, np.arange(len(status)), side="right")
        for frame, state in enumerate(status):
            done = [treatments[frame].kind, treatments[frame].reason, int(shots[frame])] if treatments else []
            rows.writerow([frame, state, *done, *(_cell(curve[frame]) for curve in curves.values())])


def read_metrics(folder: Path) -> Report:
    """The report that `write_metrics` left in a folder, curves included.

    Raises:
        DataError: The file is damaged or of a newer version.
    """
    path = folder / "metrics.json"
    try:
        stored = json.loads(path.read_text())
        curves, _ = read_frames(folder)
        results = [_result(item) for item in stored["results"]]
        results = [replace(item, per_frame=curves.get(key)) for key, item in keyed(results).items()]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} is damaged ({error}); {_advice(folder)}") from error
    if stored["format"] != FORMAT:
        raise DataError(f"{path} has format {stored['format']}, this version reads {FORMAT}; update stitch-exp")
    return Report(tuple(results))


def read_json(path: Path) -> dict[str, Any]:
    """A record of a run folder, empty when there is none.

    Raises:
        DataError: The file is damaged.
    """
    if not path.is_file():
        return {}
    try:
        return json.loads(path.read_text())
    except ValueError as error:
        raise DataError(f"{path} is damaged ({error}); delete the run folder and run it again") from error


def read_frames(folder: Path) -> tuple[dict[str, np.ndarray], list[str]]:
    """The curves and the status of each frame that `frames.csv` holds; both empty when there is no such file.

    Raises:
        DataError: The file is damaged.
    """
    path = folder / "frames.csv"
    if not path.is_file():
        return {}, []
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file, strict=True))
        names = [name for name in (rows[0] if rows else {}) if name not in ("frame", *_WORDS)]
        curves = {name: np.array([float(row[name] or "nan") for row in rows]) for name in names}
        return curves, [row["status"] for row in rows]
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise DataError(f"{path} is damaged ({error}); {_advice(folder)}") from error


def _advice(folder: Path) -> str:
    """What to do about damaged records: those that `eval.py` adds to a run cost no run."""
    if folder.parent.name == "evaluated":
        return f"delete {folder} and measure it again with eval.py"
    return "delete the run folder and run it again"


def keyed(results: Iterable[MetricResult]) -> dict[str, MetricResult]:
    """Results by name; those of a second recogniser as `tl_id@faceres_mobilenet_v1`."""
    found: dict[str, MetricResult] = {}
    for item in results:
        key = item.name if item.name not in found else f"{item.name}@{network_of(item.instrument)}"
        found[key] = item
    return found


def network_of(instrument: str) -> str:
    """The name alone: `dlib` of `identity=dlib 0123; crop ...`."""
    return instrument.partition(" ")[0].partition("=")[2]


def _result(item: dict[str, Any]) -> MetricResult:
    value = float("nan") if item["value"] is None else float(item["value"])
    return MetricResult(item["name"], value, item["unit"], item["better"], None, item["note"], item["instrument"])


def _finite(value: float) -> float | None:
    return float(f"{value:.12g}") if np.isfinite(value) else None


def _cell(value: float) -> str:
    return f"{value:.9g}" if np.isfinite(value) else ""
