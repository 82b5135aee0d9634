"""Follow everybody in a clip at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from stitch_exp.faces.choice import ALL
from stitch_exp.faces.face import Face
from stitch_exp.faces.follower import SEARCH_EVERY_FRAMES, Follower, free, in_reach
from stitch_exp.faces.looks import Person
from stitch_exp.faces.search import search
from stitch_exp.networks.roles import Detector, Identity


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One person's face along the clip."""

    faces: Mapping[int, Face]
    """By number of the frame, where it was found."""
    person: Person | None = None
    """Who it is; None without a recogniser."""

    @property
    def prominence(self) -> float:
        """Sides of the face over all frames, in pixels."""
        return sum(face.side for face in self.faces.values())


class Everyone:
    """Finds the face of every person in consecutive frames: each has a `Follower`, and no face belongs to two.

    A face that is nobody's is somebody new, unless it lies where somebody was lost a moment ago: who turns away or is
    half hidden looks like another person. What was taken for two people who are alike and never seen together is one.

    Args:
        detector: Finds the faces of a frame.
        min_score: As for a `Follower`, as the next three.
        min_face_px: Faces whose box is smaller are nobody's.
        max_gap_frames: For how many frames the place of an unseen face is remembered.
        recogniser: Tells people apart; without one, who is lost for longer comes back as another person.
    """

    def __init__(
        self,
        detector: Detector,
        min_score: float,
        min_face_px: float,
        max_gap_frames: int,
        recogniser: Identity | None = None,
    ) -> None:
        self._detector = _OncePerFrame(detector)
        self._min_face_px = min_face_px
        self._settings = (ALL, min_score, min_face_px, max_gap_frames, recogniser)
        self.scout = self._new()
        """Follows nobody; knows the best score and the largest face of all, see `Follower`."""
        self.most_small = 0
        """The largest number of faces in one frame that are sure and too small."""
        self._followers: list[Follower] = []
        self._faces: list[dict[int, Face]] = []
        self._num_frames = self._num_missed = 0
        self._min_score = min_score

    def look(self, frame: UInt8[np.ndarray, "H W 3"], new_shot: bool = False) -> list[Face]:
        """The faces of all known people in the next frame, in no order."""
        self._num_missed = 0 if new_shot else self._num_missed
        taken: list[Face] = []
        faces = self._detector.whole(frame)
        # Who was seen a frame ago has the better claim to a face than who must be recognised.
        for n in sorted(range(len(self._followers)), key=lambda n: self._followers[n].num_missed):
            self._note(n, self._followers[n].find(frame, new_shot, taken), taken)
        self.most_small = max(self.most_small, self._num_small(faces))
        self._welcome(frame, faces, taken)
        if not taken and self._num_missed % SEARCH_EVERY_FRAMES == 0 and not any(one.last for one in self._followers):
            self._search(frame, taken)
        self._num_missed = 0 if taken else self._num_missed + 1
        self._num_frames += 1
        return taken

    def tracks(self) -> list[Track]:
        """Everybody seen so far, the most prominent first."""
        tracks = [Track(faces, one.person) for faces, one in zip(self._faces, self._followers, strict=True)]
        joined: list[Track] = []
        for track in sorted(tracks, key=lambda one: -len(one.faces)):
            same = next((n for n, other in enumerate(joined) if _are_one(other, track)), None)
            if same is None:
                joined.append(track)
            else:
                joined[same] = Track({**joined[same].faces, **track.faces}, joined[same].person)
        return sorted(joined, key=lambda one: -one.prominence)

    def _search(self, frame: np.ndarray, taken: list[Face]) -> None:
        """Where nobody is seen and nobody was seen lately, the frame is searched as for a single person."""
        for faces in search(self._detector, frame, self._min_face_px):
            for n, follower in enumerate(self._followers):
                self._note(n, follower.take(frame, faces, taken), taken)
            self._welcome(frame, faces, taken)
            if taken:
                return

    def _welcome(self, frame: np.ndarray, faces: Sequence[Face], taken: list[Face]) -> None:
        """Follow whoever is new."""
        hidden = [one for one in self._followers if one.last is not None and one.num_missed]
        for face in sorted(free(self.scout.usable(faces), taken), key=lambda face: -face.side):
            near_hidden = any(in_reach(one.last, [face], one.num_missed) for one in hidden if one.last is not None)
            if near_hidden or not free([face], taken):
                continue
            follower = self._new()
            follower.begin(frame, face)
            self._followers.append(follower)
            self._faces.append({})
            self._note(len(self._followers) - 1, face, taken)

    def _note(self, n: int, face: Face | None, taken: list[Face]) -> None:
        if face is not None:
            self._faces[n][self._num_frames] = face
            taken.append(face)

    def _num_small(self, faces: Sequence[Face]) -> int:
        return sum(face.score >= self._min_score and face.side < self._min_face_px for face in faces)

    def _new(self) -> Follower:
        return Follower(self._detector, *self._settings)


def _are_one(one: Track, other: Track) -> bool:
    """Whether two tracks are of one person."""
    if one.person is None or other.person is None or set(one.faces) & set(other.faces):
        return False
    return one.person.resembles(other.person)


class _OncePerFrame:
    """A detector that is asked by many about one frame, and looks once; pictures cut from the frame pass through."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._frame: np.ndarray | None = None
        self._faces: list[Face] = []

    def whole(self, frame: UInt8[np.ndarray, "H W 3"]) -> list[Face]:
        """The faces of a frame that the next questions are about."""
        self._frame, self._faces = frame, self._detector.detect(frame)
        return self._faces

    def detect(self, frame: UInt8[np.ndarray, "H W 3"]) -> list[Face]:
        return self._faces if frame is self._frame else self._detector.detect(frame)
