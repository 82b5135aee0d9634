"""Hair that the edit grows, cuts or moves: where it is pasted, and where it goes over to the filmed hair."""

from __future__ import annotations

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

from stitch_exp.ops.chips import face_axes
from stitch_exp.ops.feather import smooth_step

CORNERS, CHIN = (4, 12), 8
SLIVER = 1 / 64
"""Of the side: what is narrower is a difference of opinion about the hairline, and no exchange."""


def exchange(exchanged: UInt8[np.ndarray, "S S"]) -> Float32[np.ndarray, "S S"]:
    """1 where hair took the place of something else or gave way to it, with soft edges; 0 elsewhere.

    A change that is added to the frame there would show the ear, collar or strand that has gone through what is new.

    Args:
        exchanged: 0 to 255; see `types.StitchedCrops`.
    """
    size = 2 * max(round(SLIVER * len(exchanged) / 2), 1) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    wide = cv2.dilate(cv2.morphologyEx(exchanged, cv2.MORPH_OPEN, kernel), kernel)
    return cv2.GaussianBlur(wide.astype(np.float32) / 255, (size, size), 0)


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
