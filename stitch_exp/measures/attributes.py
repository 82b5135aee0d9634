"""What can be read off a face's 68 iBUG points and its pixels: opening of mouth and eyes, width, pose, colour.

Lengths are in percent of the distance between the outer corners of the eyes, so that scale does not matter.
"""

import numpy as np
from jaxtyping import Bool, Float, UInt8

from stitch_exp.measures.observation import hull
from stitch_exp.ops.lab import lab

EYE_LIDS = ((37, 41), (38, 40), (43, 47), (44, 46))
RIGID = (30, 8, 36, 45, 48, 54)
"""Nose tip, chin, outer corners of the eyes, corners of the mouth."""
HEAD = np.array(
    [[0, 0, 0], [0, 330, -65], [-225, -170, -135], [225, -170, -135], [-150, 150, -125], [150, 150, -125]], np.float64
)
"""The same points of an average head: x right, y down, z towards the camera, 450 between the eyes."""


def mouth_opening(points: Float[np.ndarray, "68 2"]) -> float:
    """Gap between the inner lips."""
    return _percent(points, [(62, 66)])


def eye_opening(points: Float[np.ndarray, "68 2"]) -> float:
    """Mean gap between the lids of both eyes (the heights of Soukupova and Cech 2016, over the face's own scale)."""
    return _percent(points, EYE_LIDS)


def mouth_width(points: Float[np.ndarray, "68 2"]) -> float:
    """Distance of the mouth's corners, which a smile draws apart."""
    return _percent(points, [(48, 54)])


def _percent(points: np.ndarray, pairs: list | tuple) -> float:
    lengths = [np.linalg.norm(points[a] - points[b]) for a, b in pairs]
    scale = np.linalg.norm(points[36] - points[45])
    return float(100.0 * np.mean(lengths) / scale) if scale > 0.0 else float("nan")


def pose(points: Float[np.ndarray, "68 2"]) -> Float[np.ndarray, " 3"]:
    """Yaw, pitch and roll of the head in degrees, by a scaled orthographic fit of an average head.

    Positive is: turned to the right of the picture, looking down, tilted clockwise.
    """
    shape = HEAD - HEAD.mean(axis=0)
    seen = points[list(RIGID)] - points[list(RIGID)].mean(axis=0)
    rows = np.linalg.lstsq(shape, seen, rcond=None)[0].T
    left, _, right = np.linalg.svd(rows, full_matrices=False)
    x, y = left @ right
    z = np.cross(x, y)
    yaw, pitch = np.arctan2(-z[0], np.hypot(z[1], z[2])), -np.arctan2(z[1], z[2])
    return np.degrees([yaw, pitch, np.arctan2(y[0], x[0])])


def skin(points: Float[np.ndarray, "68 2"], height: int, width: int) -> Bool[np.ndarray, "H W"]:
    """The cheeks: between eye, nose, mouth and jaw."""
    return hull(points[[41, 31, 48, 3, 1]], height, width) | hull(points[[46, 35, 54, 13, 15]], height, width)


def hair(
    points: Float[np.ndarray, "68 2"], head: Float[np.ndarray, "H W"], height: int, width: int
) -> Bool[np.ndarray, "H W"]:
    """What of the head's mask lies above the forehead: more than 0.6 eye distances over the brows."""
    up = points[27] - points[8]
    length = float(np.linalg.norm(up))
    if length == 0.0:
        return np.zeros((height, width), bool)
    rows, columns = np.mgrid[:height, :width]
    brows = points[17:27].mean(axis=0)
    above = ((columns - brows[0]) * up[0] + (rows - brows[1]) * up[1]) / length
    return (head > 0.5) & (above > 0.6 * np.linalg.norm(points[36] - points[45]))


def mean_colour(image: UInt8[np.ndarray, "H W 3"], inside: Bool[np.ndarray, "H W"]) -> Float[np.ndarray, " 3"]:
    """Mean CIE L*a*b* colour of a region of sRGB pixels; NaN where the region is empty."""
    if not inside.any():
        return np.full(3, np.nan)
    return lab(image[inside]).mean(axis=0)


def colour_distance(
    before: UInt8[np.ndarray, "H W 3"],
    inside_before: Bool[np.ndarray, "H W"],
    after: UInt8[np.ndarray, "H W 3"],
    inside_after: Bool[np.ndarray, "H W"],
) -> float:
    """Distance of the mean colours of two regions (CIE 1976); NaN where one of them is empty."""
    return float(np.linalg.norm(mean_colour(after, inside_after) - mean_colour(before, inside_before)))
