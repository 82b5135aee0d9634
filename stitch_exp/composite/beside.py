"""Hair beside the jaw goes over to the filmed hair before the outline ends at the height of the chin."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32

from stitch_exp.ops.chips import face_axes
from stitch_exp.ops.feather import smooth_step

CORNERS, CHIN = (4, 12), 8


def hair_fade(landmarks: Float[np.ndarray, "68 2"], side: int) -> Float32[np.ndarray, "S S"]:
    """1 on the head; beside the jaw it falls from 1 at the height of its corners to 0 at the height of the chin.

    Outlines end at the chin, where long hair does not: an edited strand that ended there would be cut straight.
    Everything is measured in the face's own axes.

    Args:
        landmarks: In pixel indices of the crop.
        side: Of the crop.
    """
    axes, _ = face_axes(landmarks)
    corners, chin = landmarks[list(CORNERS)] @ axes.T, float(landmarks[CHIN] @ axes[1])
    x, y = np.meshgrid(np.arange(side, dtype=np.float32), np.arange(side, dtype=np.float32))
    over, down = (x * axis[0] + y * axis[1] for axis in axes.astype(np.float32))
    fade = np.ones((side, side), np.float32)
    for height, beside in zip(corners[:, 1], (over < corners[0, 0], over > corners[1, 0]), strict=True):
        fall = 1 - smooth_step(down, float(height), max(chin, float(height) + 1e-3))
        fade[beside] = fall[beside]
    return fade
