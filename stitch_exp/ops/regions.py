"""Connected regions of masks."""

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8


def connected(mask: UInt8[np.ndarray, "H W"], point: Float[np.ndarray, " 2"]) -> Bool[np.ndarray, "H W"]:
    """The part of the mask that hangs together with a point; its largest part if the point is outside.

    Args:
        mask: 0 outside, anything else inside.
        point: Column and row; beyond the mask, its nearest pixel counts.
    """
    count, labels, areas, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    x, y = np.clip(np.rint(point).astype(int), 0, np.array(mask.shape[::-1]) - 1)
    wanted = labels[y, x]
    if not wanted and count > 1:
        wanted = 1 + int(areas[1:, cv2.CC_STAT_AREA].argmax())
    return (labels == wanted) & (mask > 0)
