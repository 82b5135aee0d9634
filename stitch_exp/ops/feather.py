"""Soft edges for paste masks."""

import functools

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

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


def smooth_step(values: Float32[np.ndarray, "*S"], low: float, high: float) -> Float32[np.ndarray, "*S"]:
    """0 up to `low`, 1 from `high` on, without a kink between."""
    share = np.clip((values - low) / (high - low), 0, 1)
    return (share * share * (3 - 2 * share)).astype(np.float32)


def softened(mask: UInt8[np.ndarray, "S S"], radius: int) -> UInt8[np.ndarray, "S S"]:
    """A mask that fades half a radius further in than its edge; beyond the image it goes on as at the image's edge."""
    if radius == 0:
        return mask
    inner = cv2.erode(mask, np.ones((radius + 1, radius + 1), np.uint8), borderType=cv2.BORDER_REPLICATE)
    return cv2.GaussianBlur(inner, (2 * radius + 1, 2 * radius + 1), 0, borderType=cv2.BORDER_REPLICATE)


@functools.cache
def edge_fade(side: int, width: float) -> Float32[np.ndarray, "S S"]:
    """0 at the edge of a square picture, 1 from `width` on, as a share of the side, without a kink between.

    Something that goes on beyond the picture, such as long hair, has no outline there that a mask could follow.
    """
    if not width:
        return np.ones((side, side), np.float32)
    place = np.arange(side, dtype=np.float32) + 0.5
    ramp = smooth_step(np.minimum(place, side - place), 0.0, width * side)
    return np.minimum(ramp[:, None], ramp[None])
