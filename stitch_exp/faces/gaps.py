"""What to do about frames in which the face was not found."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Bool, Float

from stitch_exp.types import FrameStatus


def fill_gaps(
    landmarks: Float[np.ndarray, "T K 2"], max_gap_frames: int, cuts: Sequence[int] = ()
) -> tuple[Float[np.ndarray, "T K 2"], tuple[FrameStatus, ...]]:
    """Interpolate linearly across short gaps between detections; longer gaps, and both ends of a shot, stay missing.

    Args:
        landmarks: NaN where no face was found.
        max_gap_frames: The longest gap that is filled.
        cuts: The first frame of each shot but the first; nothing is interpolated across them.

    Returns:
        Landmarks, NaN where still missing, and a status for every frame.
    """
    found = ~np.isnan(landmarks[:, 0, 0])
    filled = landmarks.copy()
    status: list[FrameStatus] = ["detected" if seen else "missing" for seen in found]
    edges = {0, len(found), *cuts}
    for start, stop in runs(~found, cuts):
        if start in edges or stop in edges or stop - start > max_gap_frames:
            continue
        weight = (np.arange(1, stop - start + 1) / (stop - start + 1))[:, None, None]
        filled[start:stop] = (1 - weight) * landmarks[start - 1] + weight * landmarks[stop]
        for i in range(start, stop):
            status[i] = "interpolated"
    return filled, tuple(status)


def fades(usable: Bool[np.ndarray, " T"], num_frames: int, cuts: Sequence[int] = ()) -> Float[np.ndarray, " T"]:
    """How much of the edit each frame shows, 0 to 1: it fades in and out where a run of usable frames ends in a shot.

    At a cut, and at the clip's two ends, there is nothing to fade to.
    """
    opacity = usable.astype(np.float64)
    edges = {0, len(usable), *cuts}
    for start, stop in runs(usable, cuts):
        place = np.arange(start, stop)
        for end, distance in ((start, place - start), (stop, stop - 1 - place)):
            if end not in edges:
                opacity[start:stop] = np.minimum(opacity[start:stop], (distance + 1) / (num_frames + 1))
    return opacity


def runs(flags: Bool[np.ndarray, " T"], cuts: Sequence[int] = ()) -> Iterator[tuple[int, int]]:
    """Stretches of True as (first, one past last), none of which crosses a cut."""
    borders = [0, *cuts, len(flags)]
    for low, high in itertools.pairwise(borders):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], flags[low:high].astype(np.int8), [0]])))
        for start, stop in zip(edges[::2], edges[1::2], strict=True):
            yield low + int(start), low + int(stop)
