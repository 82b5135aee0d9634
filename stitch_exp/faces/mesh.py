"""The next landmarks of a face whose place is known: one pass of FaceMesh, without a search of the frame."""

from __future__ import annotations

import numpy as np
from jaxtyping import UInt8

from stitch_exp.faces.face import Face
from stitch_exp.faces.mediapipe_detector import IBUG_FROM_MESH, square_around
from stitch_exp.networks.mediapipe_tasks import Task, image

_CROP_PER_FACE = 2.0
_PRESENT = 0.5
_ONE_FRAME_MS = 10_000


class Mesh:
    """Follows landmarks from frame to frame.

    The face stays in the middle of the square that is shown to FaceMesh, so that its own memory of the last place
    holds, and it does not search. Its smoothing along time is off.

    Args:
        crop_px: Side of that square.
    """

    def __init__(self, *, crop_px: int = 192) -> None:
        self.crop_px = crop_px
        self._task: Task | None = None
        self._time_ms = 0

    def follow(self, frame: UInt8[np.ndarray, "H W 3"], last: Face) -> Face | None:
        """The face that was `last` a frame ago, with its score; None where FaceMesh sees none there."""
        if self._task is None:
            self._task = Task(
                "FaceLandmarker", "face_landmarker.task", running_mode="VIDEO", num_faces=1,
                min_face_detection_confidence=_PRESENT, min_face_presence_confidence=_PRESENT,
                min_tracking_confidence=_PRESENT,
            )  # fmt: skip
        low, high = last.landmarks.min(axis=0), last.landmarks.max(axis=0)
        side = _CROP_PER_FACE * float(max(high - low))
        crop, frame_from_crop = square_around(frame, (low + high) / 2, side, self.crop_px)
        self._time_ms += _ONE_FRAME_MS
        found = self._task.task.detect_for_video(image(crop), self._time_ms).face_landmarks
        if not found:
            return None
        points = np.array([(point.x, point.y) for point in found[0]])[IBUG_FROM_MESH] * self.crop_px
        landmarks = points @ frame_from_crop[:, :2].T + frame_from_crop[:, 2] - 0.5
        # The box moves and grows with the landmarks, so that it stays the detector's kind of box.
        grown = float(max(np.ptp(landmarks, axis=0)) / max(high - low))
        center = last.center + landmarks.mean(axis=0) - last.landmarks.mean(axis=0)
        half = (last.box[2:] - last.box[:2]) / 2 * grown
        return Face(landmarks, np.concatenate([center - half, center + half]), last.score)
