"""What to do about frames in which the face was not found."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Float

from stitch_exp.types import FrameStatus


def fill_gaps(
    landmarks: Float[np.ndarray, "T K 2"], max_gap_frames: int
) -> tuple[Float[np.ndarray, "T K 2"], tuple[FrameStatus, ...]]:
    """Interpolate linearly across short gaps between detections; longer gaps, and both ends, stay missing.

    Args:
        landmarks: NaN where no face was found.
        max_gap_frames: The longest gap that is filled.

    Returns:
        Landmarks, NaN where still missing, and a status for every frame.
    """
    found = ~np.isnan(landmarks[:, 0, 0])
    filled = landmarks.copy()
    status: list[FrameStatus] = ["detected" if seen else "missing" for seen in found]
    for start, stop in runs(~found):
        if start == 0 or stop == len(found) or stop - start > max_gap_frames:
            continue
        weight = (np.arange(1, stop - start + 1) / (stop - start + 1))[:, None, None]
        filled[start:stop] = (1 - weight) * landmarks[start - 1] + weight * landmarks[stop]
        for i in range(start, stop):
            status[i] = "interpolated"
    return filled, tuple(status)


def runs(flags: Bool[np.ndarray, " T"]) -> Iterator[tuple[int, int]]:
    """Stretches of True as (first, one past last)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        yield int(start), int(stop)
