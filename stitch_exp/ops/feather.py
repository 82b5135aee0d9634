"""Soft edges for paste masks."""

import cv2
import numpy as np
from jaxtyping import UInt8

REFERENCE_PX = 1024
"""The crop side at which radii and widths in settings are given, as in the paper's implementation."""


def scaled_radius(radius_px: float, side: int) -> int:
    """A radius given at `REFERENCE_PX`, for crops of another side."""
    return round(radius_px * side / REFERENCE_PX)


def feather(mask: UInt8[np.ndarray, "S S"], radius: int) -> UInt8[np.ndarray, "S S"]:
    """Shrink a mask by `radius` pixels and blur it, so that it fades out before its old edge.

    Everything outside the image counts as 0, so the mask fades at the crop's edge as well. The blur's sigma is the one
    OpenCV derives from a kernel of 2 * radius + 1.

    Reference: the feathered paste of the published Stitch-it-in-Time implementation.
    """
    if radius == 0:
        return mask
    size = 2 * radius + 1
    kernel = np.ones((size, size), np.uint8)
    eroded = cv2.erode(mask, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=(0,))
    return cv2.GaussianBlur(eroded, (size, size), 0)
