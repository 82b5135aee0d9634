"""Face chips for recognition networks: small crops with the face where the network learned to expect it.

Convention: points are (x, y) in pixel-index coordinates, the centre of the first pixel is (0, 0).
"""

import math

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

EYES, NOSE_TIP, MOUTH_CORNERS = ((36, 42), (42, 48)), 30, (48, 54)
JAW_CORNERS = (4, 12)
FOREHEAD = 0.35
"""How far a box reaches above the brows, in box heights; the landmarks stop there."""


def five_points(landmarks: Float[np.ndarray, "K 2"]) -> Float[np.ndarray, "5 2"]:
    """Centres of the eyes, tip of the nose, corners of the mouth, from the 68 iBUG points; left means image left."""
    eyes = [landmarks[start:end].mean(axis=0) for start, end in EYES]
    return np.stack([*eyes, landmarks[NOSE_TIP], *(landmarks[index] for index in MOUTH_CORNERS)])


def face_axes(landmarks: Float[np.ndarray, "K 2"]) -> tuple[Float[np.ndarray, "2 2"], Float[np.ndarray, "2"]]:
    """The face's directions to the right and down as rows, and the point between the eyes, from the 68 iBUG points."""
    eyes = [landmarks[start:end].mean(axis=0) for start, end in EYES]
    right = (eyes[1] - eyes[0]) / max(float(np.linalg.norm(eyes[1] - eyes[0])), 1e-6)
    return np.stack([right, (-right[1], right[0])]), (eyes[0] + eyes[1]) / 2


def along(axes: Float[np.ndarray, "2 2"], side: int) -> list[Float32[np.ndarray, "S S"]]:
    """Every pixel's place along the axes of the face in a crop: to the side, and down."""
    x, y = np.meshgrid(np.arange(side, dtype=np.float32), np.arange(side, dtype=np.float32))
    return [x * axis[0] + y * axis[1] for axis in axes.astype(np.float32)]


def similarity(points: Float[np.ndarray, "K 2"], template: Float[np.ndarray, "K 2"]) -> Float[np.ndarray, "2 3"]:
    """The transform `frame_from_chip` (rotation, scale, shift) that takes `template` to `points` best.

    Reference: Umeyama, "Least-squares estimation of transformation parameters between two point patterns", 1991; in the
    plane, without mirroring, it is a complex line through the points.
    """
    here, there = template @ (1, 1j), points @ (1, 1j)
    centred = here - here.mean()
    factor = np.vdot(centred, there - there.mean()) / np.vdot(centred, centred)
    shift = there.mean() - factor * here.mean()
    return np.array([[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]])


def upright_box(landmarks: Float[np.ndarray, "K 2"], margin: float, size: int) -> Float[np.ndarray, "2 3"]:
    """The transform `frame_from_chip` of an upright square around a face.

    Args:
        margin: Free space around the face, as a share of its longer side.
        size: Side of the chip in px.
    """
    low, high = landmarks.min(axis=0), landmarks.max(axis=0)
    low = low - (0.0, FOREHEAD * (high[1] - low[1]))
    side = (1 + margin) * float((high - low).max())
    corner = (low + high) / 2 - side / 2
    factor = side / size
    return np.column_stack([np.eye(2) * factor, corner + 0.5 * factor])


def sample(
    frame: UInt8[np.ndarray, "H W 3"], frame_from_chip: Float[np.ndarray, "2 3"], size: int
) -> UInt8[np.ndarray, "S S 3"]:
    """The chip of side `size`; outside of the frame it is black. Large faces are averaged down, not skipped over."""
    factor = max(1, math.ceil(float(np.hypot(*frame_from_chip[:, 0])) - 0.01))
    offset = -(factor - 1) / (2 * factor)
    finer = np.array([[1 / factor, 0, offset], [0, 1 / factor, offset], [0, 0, 1]])
    side = (size * factor, size * factor)
    fine = cv2.warpAffine(frame, frame_from_chip @ finer, side, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return fine if factor == 1 else cv2.resize(fine, (size, size), interpolation=cv2.INTER_AREA)


def unit(vector: np.ndarray) -> Float[np.ndarray, " D"]:
    """The vector at length 1, float32."""
    vector = np.asarray(vector, np.float32).reshape(-1)
    return vector / max(float(np.linalg.norm(vector)), 1e-12)
