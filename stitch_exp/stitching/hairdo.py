"""What an edited head may show beyond the filmed one where no other hairdo was asked for."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from stitch_exp.networks.roles import Heads
from stitch_exp.ops.chips import JAW_CORNERS, along, face_axes


def of_same_hairdo(before: Heads, after: Heads, landmarks: Float[np.ndarray, "B K 2"]) -> Float[np.ndarray, "B S S"]:
    """The outlines after an edit without what is no part of it: new hair and longer ears beside the filmed head.

    Below the chin, which an edit may lower, skin is kept: everything but hair between the corners of the jaw.

    Args:
        before: Of the source.
        after: Of the edited crops; hair is told from the rest.
        landmarks: Of the source, the 68 iBUG points first, in pixel indices of the crops.
    """
    assert after.hair is not None
    side = after.outline.shape[-1]
    skin = np.minimum(after.outline, 1 - after.hair)
    between = np.stack([_between_corners(points, side) for points in landmarks])
    return np.where(before.outline > 0, after.outline, skin * between)


def _between_corners(landmarks: Float[np.ndarray, "K 2"], side: int) -> np.ndarray:
    axes, _ = face_axes(landmarks)
    first, last = sorted(landmarks[list(JAW_CORNERS)] @ axes[0])
    over = along(axes, side)[0]
    return (over >= first) & (over <= last)
