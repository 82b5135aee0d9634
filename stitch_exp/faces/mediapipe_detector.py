"""Faces by MediaPipe: a face detector for boxes and scores, FaceMesh for the landmarks."""

from __future__ import annotations

import os
from contextlib import nullcontext
from typing import Any

import cv2
import numpy as np
from jaxtyping import Float, UInt8

from stitch_exp.faces.face import Face
from stitch_exp.ops.quiet import quiet_native

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
_FULL_RANGE = 1


class MediapipeDetector:
    """Boxes by BlazeFace (full range), landmarks by FaceMesh on a square around each box.

    FaceMesh looks at a crop, so faces that are small in the frame are found as well as big ones, and it looks twice:
    the second pass starts from the landmarks of the first, which is steadier than a pass that starts from a box. Its
    memory is wiped between crops, so that a frame's landmarks do not depend on the frames seen before.
    Scores are probabilities in [0, 1].

    Args:
        crop_px: Side of the square FaceMesh sees.
    """

    def __init__(self, *, crop_px: int) -> None:
        self.crop_px = crop_px
        self._boxes: Any = None
        self._mesh: Any = None
        self._met_a_face = False
        self._blank = np.zeros((crop_px, crop_px, 3), np.uint8)

    def detect(self, frame: UInt8[np.ndarray, "H W 3"]) -> list[Face]:
        """All faces of a frame, best score first."""
        # Each graph greets when it is made and once more when it meets its first face.
        with nullcontext() if self._met_a_face else quiet_native():
            faces = self._detect(frame)
        self._met_a_face = self._met_a_face or bool(faces)
        return faces

    def _detect(self, frame: np.ndarray) -> list[Face]:
        if self._mesh is None:
            self._load()
        height, width = frame.shape[:2]
        found = self._boxes.process(frame).detections or []
        faces = [self._face(frame, _box(item, width, height), float(item.score[0])) for item in found]
        return sorted((face for face in faces if face), key=lambda face: -face.score)

    def _load(self) -> None:
        os.environ.setdefault("GLOG_minloglevel", "2")
        from mediapipe.python.solutions.face_detection import FaceDetection
        from mediapipe.python.solutions.face_mesh import FaceMesh

        self._boxes = FaceDetection(model_selection=_FULL_RANGE, min_detection_confidence=_CANDIDATE_SCORE)
        self._mesh = FaceMesh(static_image_mode=False, max_num_faces=1, min_detection_confidence=_MESH_SCORE)

    def _face(self, frame: np.ndarray, box: np.ndarray, score: float) -> Face | None:
        center, side = (box[:2] + box[2:]) / 2, _CROP_PER_BOX * max(box[2:] - box[:2])
        crop, frame_from_crop = _square(frame, center, side, self.crop_px)
        self._mesh.process(self._blank)
        for _ in range(_NUM_PASSES):
            meshes = self._mesh.process(crop).multi_face_landmarks
        if not meshes:
            return None
        points = np.array([(point.x, point.y) for point in meshes[0].landmark])[IBUG_FROM_MESH] * self.crop_px
        return Face(points @ frame_from_crop[:, :2].T + frame_from_crop[:, 2] - 0.5, box, score)


def _box(detection: Any, width: int, height: int) -> Float[np.ndarray, " 4"]:
    box = detection.location_data.relative_bounding_box
    left, top = box.xmin * width, box.ymin * height
    return np.array([left, top, left + box.width * width, top + box.height * height]) - 0.5


def _square(frame: np.ndarray, center: np.ndarray, side: float, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Upright square of the frame at `size` px, and the continuous transform frame from crop."""
    factor = side / size
    corner = center + 0.5 - side / 2
    indices = np.array([[factor, 0.0, corner[0] + factor / 2 - 0.5], [0.0, factor, corner[1] + factor / 2 - 0.5]])
    smaller = cv2.INTER_AREA if factor > 1 else cv2.INTER_LINEAR
    crop = cv2.warpAffine(frame, indices, (size, size), flags=smaller | cv2.WARP_INVERSE_MAP)
    return crop, np.array([[factor, 0.0, corner[0]], [0.0, factor, corner[1]]])
