"""Plots and frame sheets of the results page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageDraw

from stitch_exp.report.finished import FinishedRun
from stitch_exp.report.pictures import edited_clip, pairs
from stitch_exp.report.records import keyed
from stitch_exp.report.words import title_of
from stitch_exp.types import Clip

matplotlib.use("Agg")
import matplotlib.pyplot as plt

Labelled = Sequence[tuple[str, FinishedRun]]
CURVES = ("tg_id", "identity_to_source", "seam_error")
STAGES = ("aligner", "encoder", "tuning", "stitching", "metrics")
FRAMES_SHOWN = 4
TILE_PX = 240


def curves(runs: Labelled, folder: Path) -> list[Path]:
    """One picture a metric, a panel a clip, a line a method."""
    return [_curve(runs, name, folder / f"{name}.png") for name in CURVES]


def _curve(runs: Labelled, name: str, path: Path) -> Path:
    clips = _by_clip(runs)
    figure, panels = plt.subplots(1, len(clips), figsize=(4.6 * len(clips), 2.9), squeeze=False, sharey=True)
    for panel, (clip, members) in zip(panels[0], clips.items(), strict=True):
        for method, run in members:
            found = {key: result.per_frame for key, result in keyed(run.results).items()}.get(name)
            if found is not None:
                panel.plot(found, label=_literal(method), linewidth=1.2)
        panel.set(title=_literal(clip), xlabel="frame")
        panel.grid(alpha=0.25)
    panels[0][0].set_ylabel(title_of(name))
    handles, labels = panels[0][0].get_legend_handles_labels()
    if labels:
        figure.legend(handles, labels, loc="lower center", ncols=len(labels), fontsize=8, frameon=False)
    figure.tight_layout(rect=(0, 0.08, 1, 1))
    return _saved(figure, path)


def time_bars(runs: Labelled, folder: Path) -> Path:
    """Seconds per frame of each stage, averaged over the runs in which the stage really ran."""
    methods = list(dict.fromkeys(method for method, _ in runs))
    figure, panel = plt.subplots(figsize=(7.5, 0.45 * len(methods) + 1.2))
    left = np.zeros(len(methods))
    for stage in STAGES:
        width = np.array([_seconds(runs, method, stage) for method in methods])
        panel.barh([_literal(method) for method in methods], width, left=left, label=stage)
        left += width
    panel.invert_yaxis()
    panel.set_xlabel("seconds per frame (a stage read from the store counts nothing)")
    panel.legend(fontsize=8, frameon=False, ncols=len(STAGES), loc="upper center", bbox_to_anchor=(0.5, 1.2))
    figure.tight_layout()
    return _saved(figure, folder / "time.png")


def _seconds(runs: Labelled, method: str, stage: str) -> float:
    found = [
        run.status["seconds"].get(stage, 0.0) / (run.status.get("frames") or 1)
        for name, run in runs
        if name == method and stage not in run.status.get("reused", [])
    ]
    return float(np.mean(found)) if found else 0.0


def sheets(runs: Labelled, folder: Path, source_of: Callable[[FinishedRun], Clip | None]) -> list[Path]:
    """One picture a clip: the source, where it is still at hand, above every method, a few frames across.

    Clips of which neither the source nor a result is left have none.
    """
    paths = []
    for clip, members in _by_clip(runs).items():
        rows = _rows(members, source_of(members[0][1]))
        if rows:
            path = folder / f"frames_{clip}.jpg"
            _stack(rows).save(path, quality=88)
            paths.append(path)
    return paths


def _rows(members: Labelled, source: Clip | None) -> list[tuple[str, list[UInt8[np.ndarray, "H W 3"]]]]:
    count = min(int(run.status.get("frames", 1)) for _, run in members)
    wanted = sorted({round(t) for t in np.linspace(0, count - 1, FRAMES_SHOWN)})
    rows: list[tuple[str, list[Any]]] = []
    if source is not None:
        rows.append(("source", [pair.source for pair in pairs(source, None, wanted).values()]))
    for method, run in members:
        rows.append((method, [pair.edited for pair in pairs(None, edited_clip(run.folder), wanted).values()]))
    return [row for row in rows if row[1]]


def _stack(rows: list[tuple[str, list[UInt8[np.ndarray, "H W 3"]]]]) -> Image.Image:
    height, width = rows[0][1][0].shape[:2]
    tile = (TILE_PX, round(TILE_PX * height / width))
    sheet = Image.new("RGB", (tile[0] * FRAMES_SHOWN + 110, tile[1] * len(rows)), "white")
    pen = ImageDraw.Draw(sheet)
    for place, (label, pictures) in enumerate(rows):
        pen.text((6, place * tile[1] + tile[1] // 2 - 6), label.replace(" ", "\n"), fill="black")
        for column, picture in enumerate(pictures):
            image = Image.fromarray(picture).resize(tile, Image.Resampling.LANCZOS)
            sheet.paste(image, (110 + column * tile[0], place * tile[1]))
    return sheet


def _by_clip(runs: Labelled) -> dict[str, list[tuple[str, FinishedRun]]]:
    clips: dict[str, list[tuple[str, FinishedRun]]] = {}
    for method, run in runs:
        clips.setdefault(run.clip_name, []).append((method, run))
    return clips


def _literal(text: str) -> str:
    """A name as Matplotlib shows it letter by letter: between two dollars it would read a formula."""
    return text.replace("$", r"\$")


def _saved(figure: Any, path: Path) -> Path:
    # Without the date and version that matplotlib writes, the same runs give the same bytes.
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)
    return path
