"""Follow one person's face from frame to frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from stitch_exp.faces.choice import ALL, LARGEST, chooser, person_in
from stitch_exp.faces.face import Face
from stitch_exp.faces.looks import Person, alike, patch
from stitch_exp.faces.search import look_around, look_turned, search
from stitch_exp.networks.roles import Detector, Identity

_MAX_STEP_OF_SIDE = 0.5
_MAX_SIZE_RATIO = 2.0
_MAX_TURN_DEGREES = 60.0
SEARCH_EVERY_FRAMES = 5
"""Searching everywhere is slow: while nobody is there, not every frame is searched."""
_LEARN_EVERY_FRAMES = 10
_UNDOUBTED, _PERHAPS = 0.7, 0.9


def free(faces: Sequence[Face], taken: Sequence[Face]) -> list[Face]:
    """The faces that are none of those already accounted for."""
    return [
        face for face in faces if all(np.linalg.norm(face.center - other.center) > other.side / 2 for other in taken)
    ]


def in_reach(last: Face, faces: Sequence[Face], num_frames: int = 1) -> Face | None:
    """Of the faces that one seen `num_frames` ago may have become, the nearest."""
    near = [
        (distance, face)
        for face in faces
        if (distance := float(np.linalg.norm(face.center - last.center)) / last.side) < _MAX_STEP_OF_SIDE * num_frames
        and 1 / _MAX_SIZE_RATIO < face.side / last.side < _MAX_SIZE_RATIO
        and abs((face.roll - last.roll + 180) % 360 - 180) < _MAX_TURN_DEGREES * num_frames
    ]
    return min(near, key=lambda item: item[0])[1] if near else None


class Follower:
    """Finds the same person's face in consecutive frames, by place and by looks.

    The first face is chosen by `follow`. From then on the face nearest to the last position is taken, provided that its
    centre moved by less than half its side, that it turned by less than 60 degrees, for each frame gone by, and that
    its size changed by less than a factor of two. With a recogniser the face must also be the person's: after a gap,
    and wherever the picture in its place has changed. A person who is lost is then looked for in the whole frame, and
    nobody else is taken. Where the detector sees nothing, it is asked again with enlarged, padded and turned pictures.

    With a new shot, people followed before are looked for first. If none of them is there, `largest` chooses anew, but
    nobody who was seen beside the followed person; a point or a picture means one person, and nobody else is taken.

    Args:
        detector: Finds the faces of a frame.
        follow: `largest`, a point (x, y) relative to the frame, or the file of a picture; see `choice`. `all` follows
            whom `begin` says, and leaves it to `everyone.Everyone` to search the frame for who is lost.
        min_score: Faces with a lower score are ignored, in the detector's unit.
        min_face_px: Faces whose box is smaller are ignored.
        max_gap_frames: For how many frames an unseen face is remembered; without a recogniser `follow` then chooses
            anew.
        recogniser: Tells people apart; None follows by place alone.
    """

    def __init__(
        self,
        detector: Detector,
        follow: str | list[float],
        min_score: float,
        min_face_px: float,
        max_gap_frames: int,
        recogniser: Identity | None = None,
    ) -> None:
        self._detector, self._recogniser, self._follow = detector, recogniser, follow
        self._choose = chooser(follow)
        self._min_score, self._min_face_px, self._max_gap_frames = min_score, min_face_px, max_gap_frames
        self._last: Face | None = None
        self._patch = np.zeros((48, 48), np.float32)
        self._people: list[Person] = []
        self._company: tuple[np.ndarray, list[Face]] | None = None
        self._new_shot = True
        self._num_missed = self._num_found = 0
        self.best_score = -np.inf
        """The best score of any face so far, accepted or not."""
        self.largest_px = 0.0
        """The largest box side of any face of sufficient score so far."""

    @property
    def num_missed(self) -> int:
        """For how many frames the person has not been seen."""
        return self._num_missed

    @property
    def last(self) -> Face | None:
        """The face as it was last seen; None once that is too long ago to say anything."""
        return self._last

    @property
    def person(self) -> Person | None:
        """Who is followed; None before anybody is, and without a recogniser."""
        return self._people[-1] if self._people else None

    def begin(self, frame: UInt8[np.ndarray, "H W 3"], face: Face) -> None:
        """Follow the person of this face from this frame on."""
        if self._recogniser is not None:
            self._people = [*self._people, Person(self._recogniser)]
        self._num_found = 0
        self._remember(frame, face, [face])

    def find(
        self, frame: UInt8[np.ndarray, "H W 3"], new_shot: bool = False, taken: Sequence[Face] = ()
    ) -> Face | None:
        """The followed face in the next frame, or None; faces in `taken` are other people's."""
        if new_shot:
            self._last, self._num_missed, self._new_shot = None, 0, True
        if self._num_missed > self._max_gap_frames:
            self._last = None
        self._meet()
        for faces in self._looks(frame):
            face = self.take(frame, faces, taken)
            if face is not None:
                return face
        self._num_missed += 1
        return None

    def take(self, frame: UInt8[np.ndarray, "H W 3"], faces: Sequence[Face], taken: Sequence[Face] = ()) -> Face | None:
        """The followed face among those that were found in the frame, or None."""
        usable = free(self.usable(faces), taken)
        face = self._pick(frame, usable)
        if face is not None:
            self._remember(frame, face, usable)
        return face

    def usable(self, faces: Sequence[Face]) -> list[Face]:
        """The faces that are sure and large enough."""
        self.best_score = max([self.best_score, *(face.score for face in faces)])
        sure = [face for face in faces if face.score >= self._min_score]
        self.largest_px = max([self.largest_px, *(face.side for face in sure)])
        return [face for face in sure if face.side >= self._min_face_px]

    def _meet(self) -> None:
        """Read the picture of whom to follow, once."""
        follow = self._follow
        if not isinstance(follow, str) or follow in (LARGEST, ALL):
            return
        if not self._people and self._recogniser is not None:
            self._people = [person_in(Path(follow), self._detector, self._recogniser, self._min_score)]
            self._new_shot = False

    def _looks(self, frame: np.ndarray) -> Iterator[list[Face]]:
        """What the detector sees at first sight, then ever closer; each is looked at only if it is asked for."""
        yield self._detector.detect(frame)
        last = self._last
        if last is not None:
            yield look_around(self._detector, frame, last)
            for turn in (0.0, -40.0, 40.0):
                yield look_turned(self._detector, frame, last.center, last.side, last.roll + turn)
        elif self._follow != ALL and self._num_missed % SEARCH_EVERY_FRAMES == 0:
            yield from search(self._detector, frame, self._min_face_px)

    def _pick(self, frame: np.ndarray, faces: list[Face]) -> Face | None:
        near = None if self._last is None else in_reach(self._last, faces, 1 + self._num_missed)
        if self._recogniser is None:
            return near if self._last is not None else self._choose(faces, *frame.shape[1::-1])
        if near is not None and self._is_in_place(frame, near):
            return near
        people = self._people if self._new_shot else self._people[-1:]
        for person in people:
            known = [face for face in faces if person.is_shown(frame, face)]
            if known:
                self._people = [*(other for other in self._people if other is not person), person]
                return max(known, key=lambda face: person.likeness(frame, face)) if len(known) > 1 else known[0]
        if self._new_shot and (self._follow == LARGEST or not self._people):
            return self._newcomer(frame, faces)
        return None

    def _is_in_place(self, frame: np.ndarray, face: Face) -> bool:
        """Whether the picture goes on where the person was a frame ago, or shows something much like the person."""
        if self._num_missed:
            return False
        if alike(self._patch, patch(frame, face.landmarks)) >= _UNDOUBTED:
            return True
        return bool(self._people) and self._people[-1].likeness(frame, face) >= _PERHAPS

    def _newcomer(self, frame: np.ndarray, faces: list[Face]) -> Face | None:
        """Whom `follow` chooses among those who were not seen beside the followed person."""
        assert self._recogniser is not None
        beside = Person(self._recogniser)
        if self._company is not None:
            for other in self._company[1]:
                beside.learn(self._company[0], other)
        face = self._choose([face for face in faces if not beside.is_shown(frame, face)], *frame.shape[1::-1])
        if face is not None:
            self._people = [*self._people, Person(self._recogniser)]
            self._num_found = 0
        return face

    def _remember(self, frame: np.ndarray, face: Face, faces: list[Face]) -> None:
        self._last, self._num_missed, self._new_shot = face, 0, False
        if self._recogniser is None:
            return
        self._patch = patch(frame, face.landmarks)
        if self._num_found % _LEARN_EVERY_FRAMES == 0:
            self._people[-1].learn(frame, face)
        self._num_found += 1
        others = [other for other in faces if np.linalg.norm(other.center - face.center) > face.side / 2]
        self._company = (frame, others) if others else self._company
