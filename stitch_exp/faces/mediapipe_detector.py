"""Faces by MediaPipe: a face detector for boxes and scores, the face landmarker for the landmarks."""

from __future__ import annotations

from contextlib import nullcontext
from functools import cached_property
from typing import Annotated, Any

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from stitch_exp.faces.face import Face
from stitch_exp.host.quiet import quiet_native
from stitch_exp.networks.mediapipe_tasks import Task, image
from stitch_exp.settings import Range, checked

# iBUG point -> FaceMesh vertex, by anatomy: contour, brows, nose, eyes and lips as drawn in MediaPipe's
# canonical face model; the eye rings are 6 of 16 vertices, the lips 12 of 20 and 8 of 20.
_JAW = (127, 234, 93, 132, 58, 136, 150, 176, 152, 400, 379, 365, 288, 361, 323, 454, 356)
_BROWS = (70, 63, 105, 66, 107, 336, 296, 334, 293, 300)
_NOSE = (168, 197, 5, 4, 75, 97, 2, 326, 305)
_EYES = (33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380)
_LIPS = (61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181, 78, 82, 13, 312, 308, 317, 14, 87)
IBUG_FROM_MESH = np.array(_JAW + _BROWS + _NOSE + _EYES + _LIPS)

_NUM_PASSES = 2
_CROP_PER_BOX = 2.0
_CANDIDATE_SCORE = 0.1
_MESH_SCORE = 0.3
_ONE_PASS_MS = 10_000
_SAME_PLACE = 0.25
_SAME_FACE = 0.5
"""Intersections over union: on real clips a face's landmarks and its box share 0.32 or more, strangers 0.12 or less."""


@checked
class MediapipeDetector:
    """Boxes by BlazeFace (full range), landmarks by FaceMesh on a square around each box.

    FaceMesh looks at a crop, so faces that are small in the frame are found as well as big ones, and it looks twice:
    the second pass starts from the landmarks of the first, which is steadier than a pass that starts from a box. Its
    memory is wiped between crops, so that a frame's landmarks do not depend on the frames seen before.
    Scores are probabilities in [0, 1].

    Args:
        crop_px: The side of the square that FaceMesh sees, 64 to 2048 px; 256 by default, as FaceMesh works at that.
    """

    def __init__(self, *, crop_px: Annotated[int, Range(64, 2048)]) -> None:
        self.crop_px = crop_px
        self._met_a_face = False
        self._time_ms = 0
        self._blank = np.zeros((crop_px, crop_px, 3), np.uint8)

    def detect(self, frame: UInt8[np.ndarray, "H W 3"]) -> list[Face]:
        """All faces of a frame, best score first."""
        # Each graph greets when it is made and once more when it meets its first face.
        with nullcontext() if self._met_a_face else quiet_native():
            faces = self._detect(frame)
        self._met_a_face = self._met_a_face or bool(faces)
        return faces

    def _detect(self, frame: np.ndarray) -> list[Face]:
        found = self._boxes.task.detect(image(frame)).detections
        faces = [self._face(frame, _box(item.bounding_box), float(item.categories[0].score)) for item in found]
        return _distinct(sorted((face for face in faces if face), key=lambda face: -face.score))

    @cached_property
    def _boxes(self) -> Task:
        return Task(
            "FaceDetector", "face_detection_full_range_sparse.tflite", min_detection_confidence=_CANDIDATE_SCORE
        )

    @cached_property
    def _mesh(self) -> Task:
        return Task(
            "FaceLandmarker",
            "face_landmarker.task",
            running_mode="VIDEO",
            num_faces=1,
            min_face_detection_confidence=_MESH_SCORE,
            min_face_presence_confidence=_MESH_SCORE,
            min_tracking_confidence=_MESH_SCORE,
        )

    def _face(self, frame: np.ndarray, box: np.ndarray, score: float) -> Face | None:
        center, side = (box[:2] + box[2:]) / 2, _CROP_PER_BOX * max(box[2:] - box[:2])
        crop, frame_from_crop = square_around(frame, center, side, self.crop_px)
        self._look(self._blank)
        for _ in range(_NUM_PASSES):
            meshes = self._look(crop)
        if not meshes:
            return None
        points = np.array([(point.x, point.y) for point in meshes[0]])[IBUG_FROM_MESH] * self.crop_px
        face = Face(points @ frame_from_crop[:, :2].T + frame_from_crop[:, 2] - 0.5, box, score)
        # The landmarker searches the crop by itself, and next to a box that holds no face it may find another's.
        return face if _overlap(_around(face.landmarks), box) > _SAME_PLACE else None

    def _look(self, crop: np.ndarray) -> list[Any]:
        # Landmarks are smoothed along the time between two passes: a long one switches that off.
        self._time_ms += _ONE_PASS_MS
        return self._mesh.task.detect_for_video(image(crop), self._time_ms).face_landmarks


def _box(found: Any) -> Float[np.ndarray, " 4"]:
    left, top = found.origin_x, found.origin_y
    return np.array([left, top, left + found.width, top + found.height]) - 0.5


def _distinct(faces: list[Face]) -> list[Face]:
    """The faces, best first, without those that two boxes found twice."""
    kept: list[Face] = []
    for face in faces:
        around = _around(face.landmarks)
        if all(_overlap(around, _around(other.landmarks)) < _SAME_FACE for other in kept):
            kept.append(face)
    return kept


def _around(points: np.ndarray) -> np.ndarray:
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


def _overlap(first: np.ndarray, second: np.ndarray) -> float:
    """Intersection over union of two boxes."""
    shared = np.prod(np.clip(np.minimum(first[2:], second[2:]) - np.maximum(first[:2], second[:2]), 0, None))
    return float(shared / (np.prod(first[2:] - first[:2]) + np.prod(second[2:] - second[:2]) - shared))


def square_around(frame: np.ndarray, center: np.ndarray, side: float, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Upright square of the frame at `size` px, and the continuous transform frame from crop."""
    factor = side / size
    corner = center + 0.5 - side / 2
    indices = np.array([[factor, 0.0, corner[0] + factor / 2 - 0.5], [0.0, factor, corner[1] + factor / 2 - 0.5]])
    smaller = cv2.INTER_AREA if factor > 1 else cv2.INTER_LINEAR
    crop = cv2.warpAffine(frame, indices, (size, size), flags=smaller | cv2.WARP_INVERSE_MAP)
    return crop, np.array([[factor, 0.0, corner[0]], [0.0, factor, corner[1]]])
