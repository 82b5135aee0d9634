"""The FFHQ square: how a crop is placed on a face.

Convention: points are (x, y), x to the right, y down, in pixel indices. A square has a centre c and two half-axes,
x (towards the subject's left eye) and y (x turned by 90 degrees, towards the chin); corners in order NW, SW, SE, NE.
Reference: Karras et al., "A Style-Based Generator Architecture for GANs" (FFHQ alignment).
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

_EYE_RIGHT, _EYE_LEFT = slice(36, 42), slice(42, 48)
_MOUTH_CORNERS = (48, 54)
_PER_EYE_DISTANCE = 2.0
_PER_MOUTH_DISTANCE = 1.8
_CENTER_TOWARDS_MOUTH = 0.1


class Squares(NamedTuple):
    """Squares by centre and half-axes."""

    center: Float[np.ndarray, "N 2"]
    x: Float[np.ndarray, "N 2"]
    y: Float[np.ndarray, "N 2"]


def squares_from_landmarks(landmarks: Float[np.ndarray, "N 68 2"], scale: float) -> Squares:
    """FFHQ squares of faces.

    The horizontal axis averages the line of the eyes with the perpendicular of the line from eyes to mouth; its length
    is the larger of twice the eye distance and 1.8 times the distance from eyes to mouth.

    Args:
        landmarks: The 68 iBUG points.
        scale: 1 is FFHQ; larger shows more surroundings.
    """
    eye_right, eye_left = landmarks[:, _EYE_RIGHT].mean(1), landmarks[:, _EYE_LEFT].mean(1)
    eyes, between = (eye_right + eye_left) / 2, eye_left - eye_right
    down = landmarks[:, _MOUTH_CORNERS].mean(1) - eyes
    x = between - _quarter_turn(down)
    wanted = np.maximum(_PER_EYE_DISTANCE * _length(between), _PER_MOUTH_DISTANCE * _length(down)) * scale
    x = x / _length(x) * wanted
    return Squares(eyes + _CENTER_TOWARDS_MOUTH * down, x, _quarter_turn(x))


def corners(squares: Squares) -> Float[np.ndarray, "N 4 2"]:
    """Corners NW, SW, SE, NE."""
    c, x, y = squares
    return np.stack([c - x - y, c - x + y, c + x + y, c + x - y], axis=1)


def _quarter_turn(v: Float[np.ndarray, "N 2"]) -> Float[np.ndarray, "N 2"]:
    return np.stack([-v[:, 1], v[:, 0]], axis=1)


def _length(v: Float[np.ndarray, "N 2"]) -> Float[np.ndarray, "N 1"]:
    return np.linalg.norm(v, axis=1, keepdims=True)
