"""Closer looks at a frame in which a detector saw nothing at first sight."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from stitch_exp.faces.face import Face
from stitch_exp.networks.roles import Detector

_AROUND_FACE = 3.0
_LEAST_SIDE_PX = 480
_TURNED_PX = 480
_GREY = (127, 127, 127)
_MOST_SIDE_PX = 16384  # narrow strips would grow beyond what OpenCV warps
_FACE_PER_TILE = 0.15


def look_around(detector: Detector, frame: UInt8[np.ndarray, "H W 3"], face: Face) -> list[Face]:
    """Faces in the surroundings of a known one, enlarged at least twofold or to a fair size."""
    reach = face.side * _AROUND_FACE / 2
    low, high = np.floor(face.center - reach).astype(int), np.ceil(face.center + reach).astype(int)
    return _look(detector, frame, low, high, 2.0)


def look_everywhere(detector: Detector, frame: UInt8[np.ndarray, "H W 3"], min_face_px: float) -> list[Face]:
    """Faces in the enlarged frame or, failing that, in ever smaller overlapping tiles of it.

    The tiles shrink until a face of `min_face_px` fills a good part of one; detectors see whole frames at low
    resolution, so that a small face is lost in a large frame.
    """
    height, width = frame.shape[:2]
    faces = _look(detector, frame, np.zeros(2, int), np.array([width, height]), 1.0)
    side = min(height, width)
    while not faces and side * _FACE_PER_TILE > min_face_px:
        side = -(-side // 2)
        for corner in _corners(height, width, side):
            faces += _look(detector, frame, corner, corner + side, 1.0)
    return _without_doubles(faces)


def search(detector: Detector, frame: UInt8[np.ndarray, "H W 3"], min_face_px: float) -> Iterator[list[Face]]:
    """What is seen in ever more thorough searches of a frame about which nothing is known; slow."""
    height, width = frame.shape[:2]
    yield look_everywhere(detector, frame, min_face_px)
    for degrees in (0.0, 90.0, -90.0, 180.0):
        yield look_turned(detector, frame, np.array([width, height]) / 2, max(height, width) / 2, degrees)


def look_turned(
    detector: Detector, frame: UInt8[np.ndarray, "H W 3"], center: Float[np.ndarray, " 2"], side: float, degrees: float
) -> list[Face]:
    """Faces in the surroundings of a place, turned upright and padded with grey where the frame ends.

    Detectors miss faces that lie on their side, hang upside down, or fill the whole picture.

    Args:
        center: Middle of the surroundings, in pixels of the frame.
        side: Side of the face that is expected there, in pixels; the surroundings are three times as wide.
        degrees: Roll of the face that is expected, see `Face.roll`.
    """
    factor = side * _AROUND_FACE / _TURNED_PX
    turn = np.deg2rad(degrees)
    linear = factor * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    frame_from_look = np.column_stack([linear, center - linear @ np.full(2, (_TURNED_PX - 1) / 2)])
    look = cv2.warpAffine(
        frame, frame_from_look, (_TURNED_PX, _TURNED_PX), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT, borderValue=_GREY,
    )  # fmt: skip
    return [face.placed(frame_from_look) for face in detector.detect(look)]


def _look(detector: Detector, frame: np.ndarray, low: np.ndarray, high: np.ndarray, least_factor: float) -> list[Face]:
    """Faces in `frame[low:high]`, which is cut at the frame's edges and enlarged."""
    height, width = frame.shape[:2]
    left, top = np.clip(low, 0, (width - 1, height - 1))
    right, bottom = np.clip(high, (left + 1, top + 1), (width, height))
    shorter, longer = sorted((right - left, bottom - top))
    factor = max(1.0, min(max(least_factor, _LEAST_SIDE_PX / shorter), _MOST_SIDE_PX / longer))
    part = np.ascontiguousarray(frame[top:bottom, left:right])
    enlarged = cv2.resize(part, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC) if factor > 1 else part
    offset = np.array([left, top], dtype=np.float64)
    return [face.moved(float(factor), offset) for face in detector.detect(enlarged)]


def _corners(height: int, width: int, side: int) -> Iterator[np.ndarray]:
    """Upper left corners of square tiles that overlap by half or more."""
    xs, ys = (_starts(length, side) for length in (width, height))
    return (np.array([x, y]) for y in ys for x in xs)


def _starts(length: int, side: int) -> list[int]:
    count = int(np.ceil((length - side) / (side / 2))) + 1
    return np.linspace(0, length - side, count).round().astype(int).tolist()


def _without_doubles(faces: list[Face]) -> list[Face]:
    """The surest of each group of detections of one face."""
    kept: list[Face] = []
    for face in sorted(faces, key=lambda item: -item.score):
        if all(np.linalg.norm(face.center - other.center) > other.side / 2 for other in kept):
            kept.append(face)
    return kept
