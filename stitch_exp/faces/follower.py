"""Follow one face from frame to frame."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import UInt8

from stitch_exp.errors import ConfigError
from stitch_exp.faces.face import Face
from stitch_exp.faces.search import look_around, look_everywhere
from stitch_exp.networks.roles import Detector

_MAX_STEP_OF_SIDE = 0.5
_MAX_SIZE_RATIO = 2.0
_SEARCH_EVERY_FRAMES = 5


class Follower:
    """Finds the same person's face in consecutive frames.

    The first face is chosen by `follow`. From then on the face nearest to the last position is taken, provided that its
    centre moved by less than half its side for each frame gone by and that its size changed by less than a factor of
    two. Where the detector sees nothing, it is asked again with enlarged pictures: of the surroundings of the last
    position, or, when there is none, of the frame and its parts. After more than `max_gap_frames` frames without the
    face, `follow` chooses afresh.

    Args:
        detector: Finds the faces of a frame.
        follow: `largest`, or a point (x, y) relative to the frame, each in [0, 1]: the face nearest to it.
        min_score: Faces with a lower score are ignored, in the detector's unit.
        min_face_px: Faces whose box is smaller are ignored.
        max_gap_frames: For how many frames an unseen face is remembered.
    """

    def __init__(
        self,
        detector: Detector,
        follow: str | list[float],
        min_score: float,
        min_face_px: float,
        max_gap_frames: int,
    ) -> None:
        self._detector = detector
        self._choose = _chooser(follow)
        self._min_score = min_score
        self._min_face_px = min_face_px
        self._max_gap_frames = max_gap_frames
        self._last: Face | None = None
        self._num_missed = 0
        self.best_score = -np.inf
        """The best score of any face so far, accepted or not."""
        self.largest_px = 0.0
        """The largest box side of any face of sufficient score so far."""

    def find(self, frame: UInt8[np.ndarray, "H W 3"]) -> Face | None:
        """The followed face in the next frame, or None."""
        if self._num_missed > self._max_gap_frames:
            self._last = None
        pick = self._choice(frame) if self._last is None else self._match
        face = pick(self._usable(self._detector.detect(frame))) or pick(self._usable(self._second_look(frame)))
        self._num_missed = 0 if face else self._num_missed + 1
        self._last = face or self._last
        return face

    def _usable(self, faces: list[Face]) -> list[Face]:
        self.best_score = max([self.best_score, *(face.score for face in faces)])
        sure = [face for face in faces if face.score >= self._min_score]
        self.largest_px = max([self.largest_px, *(face.side for face in sure)])
        return [face for face in sure if face.side >= self._min_face_px]

    def _choice(self, frame: np.ndarray) -> Callable[[list[Face]], Face | None]:
        height, width = frame.shape[:2]
        return lambda faces: self._choose(faces, width, height)

    def _match(self, faces: list[Face]) -> Face | None:
        last, reach = self._last, _MAX_STEP_OF_SIDE * (1 + self._num_missed)
        assert last is not None
        near = [
            (distance, face)
            for face in faces
            if (distance := float(np.linalg.norm(face.center - last.center)) / last.side) < reach
            and 1 / _MAX_SIZE_RATIO < face.side / last.side < _MAX_SIZE_RATIO
        ]
        return min(near, key=lambda item: item[0])[1] if near else None

    def _second_look(self, frame: np.ndarray) -> list[Face]:
        if self._last is not None:
            return look_around(self._detector, frame, self._last)
        # Searching everywhere is slow: while nobody is there, not every frame is searched.
        if self._num_missed % _SEARCH_EVERY_FRAMES:
            return []
        return look_everywhere(self._detector, frame, self._min_face_px)


def _chooser(follow: str | list[float]) -> Callable[[list[Face], int, int], Face | None]:
    if follow == "largest":
        return lambda faces, width, height: max(faces, key=lambda face: face.side, default=None)
    if isinstance(follow, str) or len(follow) != 2 or not all(0 <= value <= 1 for value in follow):
        raise ConfigError(f"aligner.follow={follow} must be 'largest' or a point like [0.3, 0.5] (x, y from 0 to 1)")
    point = np.array(follow, dtype=np.float64)
    return lambda faces, width, height: min(
        faces, key=lambda face: float(np.linalg.norm(face.center - point * (width, height))), default=None
    )
