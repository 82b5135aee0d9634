"""Where a followed face lies in its own crops."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

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
