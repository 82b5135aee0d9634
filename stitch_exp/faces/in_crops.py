"""Where a followed face lies in its own crops."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, UInt8

from stitch_exp.ops import warp
from stitch_exp.types import AlignedClip


def crop_landmarks(aligned: AlignedClip) -> Float[np.ndarray, "N K 2"]:
    """Landmarks in pixel-index coordinates of each crop.

    Convention: homographies act on continuous coordinates, half a pixel from index coordinates.
    """
    return np.stack([crop_landmarks_of(aligned, n) for n in range(len(aligned.landmarks))])


def crop_landmarks_of(aligned: AlignedClip, n: int) -> Float[np.ndarray, "K 2"]:
    """The same of one crop."""
    crop_from_frame = np.linalg.inv(aligned.frame_from_crop[n])
    return warp.apply(crop_from_frame, aligned.landmarks[n] + 0.5) - 0.5


def as_own_frames(crops: UInt8[np.ndarray, "N S S 3"], landmarks: Float[np.ndarray, "N K 2"]) -> AlignedClip:
    """Crops that are their own frames: each fills its frame, and the landmarks are in its pixel indices."""
    count, side = crops.shape[:2]
    corners = np.array([[0, 0], [0, side], [side, side], [side, 0]], np.float64) - 0.5
    return AlignedClip(
        crops=crops,
        frame_index=np.arange(count),
        frame_from_crop=np.tile(np.eye(3), (count, 1, 1)),
        quads=np.tile(corners, (count, 1, 1)),
        landmarks=landmarks,
        status=("detected",) * count,
    )
