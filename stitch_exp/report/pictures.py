"""Frames to look at, taken from the side-by-side video of a run and embedded in its page."""

import base64
import io
from collections.abc import Iterable
from pathlib import Path

import av
import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image


def read_frames(path: Path, wanted: Iterable[int]) -> dict[int, UInt8[np.ndarray, "H W 3"]]:
    """The wanted frames of a video by index; those the file lacks are left out."""
    missing = set(wanted)
    found: dict[int, UInt8[np.ndarray, "H W 3"]] = {}
    if not path.is_file() or not missing:
        return found
    with av.open(str(path)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index in missing:
                found[index] = frame.to_ndarray(format="rgb24")
                missing.remove(index)
            if not missing:
                break
    return found


def stacked_pair(joined: UInt8[np.ndarray, "H W 3"]) -> UInt8[np.ndarray, "_ _ 3"]:
    """Source above edited, from a frame that holds them side by side."""
    half = joined.shape[1] // 2
    return np.concatenate([joined[:, :half], joined[:, half : 2 * half]], axis=0)


def data_uri(picture: UInt8[np.ndarray, "H W 3"], width: int = 320) -> str:
    """The picture as a JPEG that lives inside the page, at most `width` pixels wide."""
    image = Image.fromarray(picture)
    if image.width > width:
        image = image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def worst_frames(
    curves: dict[str, tuple[Float[np.ndarray, " T"], int]], count: int = 5, apart: int = 3
) -> list[tuple[int, str]]:
    """Frames that stand out for the worse, with the metric that says so.

    Args:
        curves: Name to values and to +1 where higher is worse, -1 where lower is worse.
        count: How many frames.
        apart: Chosen frames lie at least this far from each other.
    """
    scored = [(score, frame, name) for name, (curve, sign) in curves.items() for frame, score in _scores(curve * sign)]
    chosen: list[tuple[int, str]] = []
    for _, frame, name in sorted(scored, reverse=True):
        if len(chosen) < count and all(abs(frame - other) >= apart for other, _ in chosen):
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
