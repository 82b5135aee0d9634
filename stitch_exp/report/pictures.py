"""Frames to look at: of the source and of the edited file themselves, whole and around the face."""

import base64
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from stitch_exp.errors import StitchError
from stitch_exp.types import Clip, FrameSource
from stitch_exp.video.file import FileVideo

FACE = ("face_x", "face_y", "face_size")
"""The curves that say where the face is."""


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """One frame before and after; None where a video is not at hand."""

    source: UInt8[np.ndarray, "H W 3"] | None
    edited: UInt8[np.ndarray, "H W 3"] | None

    def cut(self, box: tuple[int, int, int, int] | None) -> "Pair":
        """Both pictures inside a box (left, top, right, bottom in pixels); whole where there is none."""
        if box is None:
            return self
        left, top, right, bottom = box
        both = (None if image is None else image[top:bottom, left:right] for image in (self.source, self.edited))
        return Pair(*both)

    @property
    def stacked(self) -> UInt8[np.ndarray, "_ _ 3"]:
        """Source above edited."""
        return np.concatenate([image for image in (self.source, self.edited) if image is not None], axis=0)

    @property
    def beside(self) -> UInt8[np.ndarray, "_ _ 3"]:
        """Source left of edited."""
        return np.concatenate([image for image in (self.source, self.edited) if image is not None], axis=1)


def edited_clip(folder: Path) -> Clip | None:
    """The edited video of a run folder; None when it is gone or cannot be read."""
    path = folder / "edited.mp4"
    try:
        return FileVideo(path=str(path), start=0, frames=None)() if path.is_file() else None
    except StitchError:
        return None


def pairs(source: Clip | None, edited: Clip | None, wanted: Iterable[int]) -> dict[int, Pair]:
    """The wanted frames of both videos by number, read in order; those that neither has are left out."""
    found = {t: Pair(_frame(source, t), _frame(edited, t)) for t in sorted(set(wanted))}
    return {t: pair for t, pair in found.items() if pair.source is not None or pair.edited is not None}


def _frame(clip: Clip | None, index: int) -> UInt8[np.ndarray, "H W 3"] | None:
    frames: FrameSource | tuple = () if clip is None else clip.frames
    return frames[index] if 0 <= index < len(frames) else None


def face_box(
    curves: Mapping[str, Float[np.ndarray, " T"]], frame: int, size: tuple[int, int]
) -> tuple[int, int, int, int] | None:
    """A square of twice the face around it, inside a frame of (height, width); None where no face is known."""
    if any(name not in curves or frame >= len(curves[name]) for name in FACE):
        return None
    x, y, side = (float(curves[name][frame]) for name in FACE)
    if not np.isfinite([x, y, side]).all() or side < 2.0:
        return None
    height, width = size
    half = int(min(max(side, 8.0), min(height, width) / 2))
    left, top = (round(min(max(at - half, 0.0), limit - 2 * half)) for at, limit in ((x, width), (y, height)))
    return left, top, left + 2 * half, top + 2 * half


def data_uri(picture: UInt8[np.ndarray, "H W 3"], width: int = 320) -> str:
    """The picture as a JPEG that lives inside the page, at most `width` pixels wide."""
    image = Image.fromarray(picture)
    if image.width > width:
        image = image.resize((width, max(1, round(image.height * width / image.width))), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def worst_frames(
    curves: dict[str, tuple[Float[np.ndarray, " T"], int]], count: int = 5, apart: int = 3
) -> list[tuple[int, str]]:
    """Frames that stand out for the worse, with the metric that says so; fewer where no more do.

    Args:
        curves: Name to values and to +1 where higher is worse, -1 where lower is worse.
        count: How many frames.
        apart: Chosen frames lie at least this far from each other.
    """
    scored = [(score, frame, name) for name, (curve, sign) in curves.items() for frame, score in _scores(curve * sign)]
    chosen: list[tuple[int, str]] = []
    for score, frame, name in sorted(scored, reverse=True):
        if score > 0 and len(chosen) < count and all(abs(frame - other) >= apart for other, _ in chosen):
            chosen.append((frame, name))
    return chosen


def _scores(curve: Float[np.ndarray, " T"]) -> list[tuple[int, float]]:
    """How far each defined value lies above the median, in units of the typical deviation."""
    known = np.flatnonzero(np.isfinite(curve))
    if not known.size:
        return []
    above = curve[known] - np.median(curve[known])
    scale = float(np.median(np.abs(above))) or float(np.abs(above).max()) or 1.0
    return [(int(frame), float(value / scale)) for frame, value in zip(known, above, strict=True)]
