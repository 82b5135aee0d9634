"""One person's face in a camera's frames: followed cheaply while that is sure, searched for when it is not."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import UInt8

from stitch_exp.faces.face import Face
from stitch_exp.faces.follower import in_reach
from stitch_exp.faces.looks import Person, alike, quick_patch
from stitch_exp.networks.roles import Detector, Identity

_ALIKE = 0.7
_LEARNED = 5


@runtime_checkable
class Follows(Protocol):
    """What follows a face without a search: `mesh.Mesh`."""

    def follow(self, frame: np.ndarray, last: Face) -> Face | None: ...


class Tracker:
    """The followed face of each frame, or None; it never looks ahead.

    A face is followed by its landmarks alone as long as its picture stays alike and it stays in reach. Every few
    frames, and whenever one of these fails, the detector searches the frame; what it does not find is not there. After
    a gap the face must be the same person's: by its picture in its old place, or by the recogniser.

    Args:
        detector: Searches whole frames.
        mesh: Follows.
        min_score: Faces with a lower score are ignored, in the detector's unit.
        min_face_px: Faces whose box is smaller are ignored.
        confirm_every: The detector confirms a followed face after so many frames.
        max_gap_frames: For how many frames the old place and picture count.
        recogniser: Tells people apart; None takes the largest face after a gap.

    Attributes:
        searches: How often the detector was asked.
        likeness: How alike the face's picture is to the one a frame before, at most 1; 1 where there is none before.
    """

    def __init__(
        self,
        detector: Detector,
        mesh: Follows,
        *,
        min_score: float,
        min_face_px: float,
        confirm_every: int = 12,
        max_gap_frames: int = 10,
        recogniser: Identity | None = None,
    ) -> None:
        self._detector, self._mesh = detector, mesh
        self._min_score, self._min_face_px = min_score, min_face_px
        self._confirm_every, self._max_gap_frames = confirm_every, max_gap_frames
        self._person = None if recogniser is None else Person(recogniser)
        self._last: Face | None = None
        self._patch = np.zeros((48, 48), np.float32)
        self._pictured: tuple[Face | None, np.ndarray] = None, self._patch
        self._to_learn: list[tuple[np.ndarray, Face]] = []
        self._unconfirmed = self._missed = self._learned = 0
        self.searches = 0
        self.likeness = 1.0

    def warm(self, height: int, width: int) -> None:
        """Load what searches and follows before the first frame waits for it."""
        blank = np.full((height, width, 3), 128, np.uint8)
        self._detector.detect(blank)
        place = np.random.default_rng(0).uniform(0, min(height, width), (68, 2))
        self._mesh.follow(blank, Face(place, np.array([0.0, 0.0, width, height]), 0.0))

    def find(self, frame: UInt8[np.ndarray, "H W 3"]) -> Face | None:
        """The followed face in the next frame, or None."""
        last = None if self._missed else self._last
        if last is not None and self._unconfirmed < self._confirm_every:
            face = self._mesh.follow(frame, last)
            if face is not None and self._goes_on(frame, face):
                self._unconfirmed += 1
                return self._remember(frame, face, follows=True)
        face = self._searched(frame)
        if face is None:
            self._missed += 1
            return None
        self._unconfirmed = self._missed = 0
        self._learn(frame, face)
        return self._remember(frame, face, follows=last is not None)

    def _goes_on(self, frame: np.ndarray, face: Face) -> bool:
        """Whether this is near the last place, large enough, and looks like the last picture."""
        assert self._last is not None
        near = face.side >= self._min_face_px and in_reach(self._last, [face], 1 + self._missed) is not None
        return near and alike(self._patch, self._seen(frame, face)) >= _ALIKE

    def _searched(self, frame: np.ndarray) -> Face | None:
        self.searches += 1
        faces = [
            face
            for face in self._detector.detect(frame)
            if face.score >= self._min_score and face.side >= self._min_face_px
        ]
        if self._last is None:
            return max(faces, key=lambda face: face.side, default=None)
        near = in_reach(self._last, faces, 1 + self._missed) if self._missed <= self._max_gap_frames else None
        if near is not None and (not self._missed or self._goes_on(frame, near)):
            return near
        if self._person is None:
            return max(faces, key=lambda face: face.side, default=None)
        return next((face for face in faces if self._is_known(self._person, frame, face)), None)

    def _learn(self, frame: np.ndarray, face: Face) -> None:
        """Keep a picture of the person; the recogniser, which is slow, sees it when somebody is back after a gap."""
        if self._person is not None and self._learned < _LEARNED:
            self._to_learn.append((frame, face))
            self._learned += 1

    def _is_known(self, person: Person, frame: np.ndarray, face: Face) -> bool:
        while self._to_learn:
            person.learn(*self._to_learn.pop())
        return person.is_shown(frame, face)

    def _seen(self, frame: np.ndarray, face: Face) -> np.ndarray:
        """The face's picture, made once for each face."""
        if self._pictured[0] is not face:
            self._pictured = face, quick_patch(frame, face.landmarks)
        return self._pictured[1]

    def _remember(self, frame: np.ndarray, face: Face, follows: bool) -> Face:
        seen = self._seen(frame, face)
        self.likeness = alike(self._patch, seen) if follows else 1.0
        self._last, self._patch = face, seen
        self._pictured = None, self._patch
        return face
